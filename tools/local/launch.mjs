// The scripts in package.json run this: `node tools/local/launch.mjs PROGRAM ARGUMENT...` compiles the sources unless dist/ is up to date,
// reads .env, and runs the compiled program. Plain JavaScript, because it runs before anything is compiled.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuilt, ensurePageBuilt, root } from './build.mjs';

const [program, ...args] = process.argv.slice(2);
if (!program) {
  process.stderr.write('usage: node tools/local/launch.mjs PROGRAM ARGUMENT..., such as tools/local/main.js\n');
  process.exit(2);
}
const parent = process.ppid;
// Variables that are already set take precedence over .env.
if (existsSync(join(root, '.env'))) process.loadEnvFile(join(root, '.env'));
try {
  const say = (note) => process.stderr.write(`${note}\n`);
  await ensureBuilt(say);
  if (startsTheApi()) await ensurePageBuilt(say);
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exit(2);
}
// npm was stopped while this compiled. A SIGTERM to npm ends npm's shell but does not reach this program; only its parent changes.
if (process.env.npm_lifecycle_event && process.ppid !== parent) process.exit(143);
const file = join(root, 'dist', program);
process.argv = [process.argv[0], file, ...args];
process.setSourceMapsEnabled(true);
await import(pathToFileURL(file).href);

/** The API serves the operator's page. */
function startsTheApi() {
  return (
    /^tools\/(local\/(main|dev)|cli\/(stuck|screenshots))\.js$/.test(program) ||
    (program === 'tools/local/run-part.js' && args[0] === 'api')
  );
}
