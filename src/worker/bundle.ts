import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DefaultLogger, bundleWorkflowCode } from '@temporalio/worker';

/** The checkout or its dist folder. Both contain workflows/ and contracts/, as .ts or as .js. */
const root = fileURLToPath(new URL('../..', import.meta.url));
const require = createRequire(import.meta.url);

/**
 * The workflow code as one script with an inline source map. Bundling takes seconds, so the result is cached under node_modules/.cache by
 * the hash of its sources. If that folder is not writable, the code is bundled each time.
 *
 * @param from the folder that holds workflows/ and contracts/
 */
export async function workflowBundle(from: string = root): Promise<{ code: string }> {
  const file = join(cacheFolder(), `workflows-${await hashOfSources(from)}.js`);
  if (existsSync(file)) return { code: await readFile(file, 'utf8') };
  const workflowsPath = fileURLToPath(
    new URL(`workflows/index.${extension()}`, `file://${from.endsWith('/') ? from : `${from}/`}`),
  );
  const { code } = await bundleWorkflowCode({
    workflowsPath,
    // All runs share the modules. Without this, each run would load them anew, and have classes and functions of its own. A linter rule
    // holds that the modules keep nothing of a run.
    preloadModules: [workflowsPath],
    logger: new DefaultLogger('WARN'),
  });
  try {
    await mkdir(dirname(file), { recursive: true });
    const draft = `${file}.${process.pid}`;
    await writeFile(draft, code);
    await rename(draft, file);
  } catch (error) {
    if (!['EACCES', 'EROFS', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
  return { code };
}

/** The extension of the sources. Compiled code bundles compiled code. */
function extension(): string {
  return import.meta.url.endsWith('.ts') ? 'ts' : 'js';
}

function cacheFolder(): string {
  const manifest = require.resolve('@temporalio/worker/package.json');
  return join(dirname(manifest), '..', '..', '.cache', 'orderflow');
}

async function hashOfSources(from: string): Promise<string> {
  const hash = createHash('sha256');
  hash.update((require('@temporalio/worker/package.json') as { version: string }).version);
  // The options of the bundler.
  hash.update(await readFile(fileURLToPath(import.meta.url)));
  for (const folder of ['contracts', 'workflows']) {
    const files = await readdir(join(from, folder), { recursive: true });
    for (const name of files.filter((f) => f.endsWith(`.${extension()}`)).sort()) {
      hash
        .update(`${folder}/${name}\0`)
        .update(await readFile(join(from, folder, name)))
        .update('\0');
    }
  }
  return hash.digest('hex').slice(0, 20);
}
