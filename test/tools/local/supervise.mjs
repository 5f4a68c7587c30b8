// A supervisor as a program of its own, which a test can kill: `node supervise.mjs PART...`, configured by its environment.
import { startSystem } from '../../../dist/tools/local/system.js';

const system = await startSystem({ env: process.env, parts: process.argv.slice(2) });
process.send(Object.fromEntries(system.parts.map((part) => [part, system.pid(part)])));
