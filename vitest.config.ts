import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 300_000,
    // Two cores carry PostgreSQL, Temporal and the tests: more files at once only make each other late.
    maxWorkers: 2,
  },
});
