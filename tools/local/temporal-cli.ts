import { execFile } from 'node:child_process';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { userEnvironment } from '../../src/config/index.js';
import { showElapsed } from '../progress.js';
import { cacheDir } from './cache.js';
import { downloadBySdk, executable, fetchOnce, onPath, runLongCommand } from './executables.js';

const run = promisify(execFile);

/** The newest version that `go install` accepts: later ones have replace directives in their go.mod. */
const version = '1.5.1';
const module = `github.com/temporalio/cli/cmd/temporal@v${version}`;

/**
 * Finds the command `temporal`; `temporal server start-dev` is the local server. It looks on PATH and in the user's cache, then downloads
 * it through the SDK, and at last builds it from source with Go (2 to 5 minutes, once).
 *
 * @returns the path of the command.
 * @throws {Error} with the failed attempts and the ways to fix the problem.
 */
export async function findTemporalCli(): Promise<string> {
  const cached = join(cacheDir(), `temporal-cli-${version}`, 'temporal');
  const there = (await onPath('temporal', hasServer)) ?? (await executable(cached));
  if (there) return there;
  try {
    return await fetchOnce(cached, 'the Temporal server', [download, build]);
  } catch (cause) {
    throw new Error(
      `No Temporal server: the command \`temporal\` is not on PATH, and\n  ${(cause as Error).message}\n` +
        'Install it (https://docs.temporal.io/cli), or Go, or set TEMPORAL_ADDRESS to a server that runs.',
      { cause },
    );
  }
}

async function download(file: string): Promise<void> {
  const { TestWorkflowEnvironment } = await import('@temporalio/testing');
  await downloadBySdk('the Temporal server', file, (downloadDir) =>
    TestWorkflowEnvironment.createLocal({ server: { executable: { type: 'cached-download', downloadDir } } }),
  );
}

async function build(file: string): Promise<void> {
  const go = await onPath('go');
  if (!go) throw new Error('it cannot be built, as Go is not on PATH');
  const bin = await mkdtemp(`${file}-build-`);
  const progress = showElapsed('Building the Temporal server from source (once, 2 to 5 minutes)');
  let downloaded = 0;
  let compiled = 0;
  try {
    await runLongCommand(go, ['install', '-v', module], { ...userEnvironment(), GOBIN: bin }, (line) => {
      if (line.startsWith('go: ')) downloaded += 1;
      else compiled += 1;
      progress.update(`${downloaded} modules fetched, ${compiled} packages compiled`);
    });
    await rename(join(bin, 'temporal'), file);
  } catch (cause) {
    throw new Error(`\`go install ${module}\` failed: ${(cause as Error).message}`, { cause });
  } finally {
    progress.stop();
    await rm(bin, { recursive: true, force: true });
  }
}

/** Checks that this is the right command. Another program may have the same name, or be built for another machine. */
async function hasServer(file: string): Promise<boolean> {
  try {
    const { stdout } = await run(file, ['--version'], { timeout: 10_000 });
    return stdout.includes('Server');
  } catch {
    return false;
  }
}
