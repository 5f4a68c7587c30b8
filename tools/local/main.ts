import { runSystem } from './start.js';

process.exit(await runSystem());
