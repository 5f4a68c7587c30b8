// What the scripts of package.json run: `node tools/local/launch.mjs PROGRAM ARGUMENT...` compiles what is not up to date, reads .env,
// and becomes the compiled program. Plain JavaScript, as it runs before anything is compiled.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuilt, root } from './build.mjs';

const [program, ...args] = process.argv.slice(2);
if (!program) {
  process.stderr.write('usage: node tools/local/launch.mjs PROGRAM ARGUMENT..., such as tools/local/main.js\n');
  process.exit(2);
}
const parent = process.ppid;
// Variables that are set already win.
if (existsSync(join(root, '.env'))) process.loadEnvFile(join(root, '.env'));
try {
  await ensureBuilt((note) => process.stderr.write(`${note}\n`));
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exit(2);
}
// Told to stop while it compiled: a SIGTERM to npm ends npm's shell, and reaches this process only so.
if (process.env.npm_lifecycle_event && process.ppid !== parent) process.exit(143);
const file = join(root, 'dist', program);
process.argv = [process.argv[0], file, ...args];
process.setSourceMapsEnabled(true);
await import(pathToFileURL(file).href);
