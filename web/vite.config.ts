import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Builds the page to dist/web, from where the API serves it. The names of the files hold hashes, and nothing is inline. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // Licences of the packages in the bundle.
    license: true,
  },
});
