import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { userEnvironment } from '../../../src/config/index.js';
import { cacheDir } from '../../../tools/local/cache.js';

const run = promisify(execFile);
const version = '4.32.5';

/**
 * The program `schemathesis`, which generates requests from an OpenAPI document. pip installs it once into the user's cache folder.
 *
 * @returns its path, or why it is missing.
 */
export async function findSchemathesis(): Promise<{ program: string } | { missing: string }> {
  const folder = join(cacheDir(), `schemathesis-${version}`);
  const program = join(folder, 'bin', 'python');
  if (existsSync(program)) return { program };
  const draft = `${folder}.${process.pid}`;
  const options = { env: userEnvironment(), timeout: 240_000 };
  try {
    await run('python3', ['-m', 'venv', draft], options);
    await run(join(draft, 'bin', 'python'), ['-m', 'pip', 'install', '-q', `schemathesis==${version}`], options);
    await rename(draft, folder);
    return { program };
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    const [why] = (error as Error).message.split('\n').slice(-2);
    return { missing: `schemathesis ${version} needs Python 3.10 with venv and pip, and a package registry: ${why}` };
  }
}
