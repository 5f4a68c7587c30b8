import { defineConfig } from 'vitest/config';

// A test run that another test ends: see test/tools/local/ended-run.test.ts.
export default defineConfig({
  test: {
    include: ['test/tools/local/ended-run/never-done.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
