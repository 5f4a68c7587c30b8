import { mergeConfig } from 'vitest/config';
import base from '../../vitest.config.js';

/** The project's configuration with the test run's PostgreSQL: `vitest run --config test/support/vitest.config.ts`. */
export default mergeConfig(base, {
  test: { root: new URL('../..', import.meta.url).pathname, globalSetup: ['test/support/global-setup.ts'] },
});
