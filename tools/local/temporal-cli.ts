import { execFile } from 'node:child_process';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { userEnvironment } from '../../src/config/index.js';
import { showElapsed } from '../progress.js';
import { cacheDir } from './cache.js';
import { downloadBySdk, executable, fetchOnce, onPath, runLongCommand } from './executables.js';

const run = promisify(execFile);

const version = '1.5.1';
/** Newer than what this version asks for. With its own driver, the server can stop answering: see docs/decisions/0054. */
const sqliteVersion = '1.51.0';
const command = 'github.com/temporalio/cli/cmd/temporal';
const goMod = `module orderflow/temporal

go 1.25.0

require (
	github.com/temporalio/cli v${version}
	modernc.org/sqlite v${sqliteVersion}
)
`;
/** The first server that has such a driver by itself. */
const oldestServer = '1.31';

/**
 * Finds the command `temporal`; `temporal server start-dev` is the local server. It looks for a new enough one on PATH, then in the user's
 * cache, then downloads it through the SDK, and at last builds it from source with Go (2 to 5 minutes, once).
 *
 * @returns the path of the command.
 * @throws {Error} with the failed attempts and the ways to fix the problem.
 */
export async function findTemporalCli(): Promise<string> {
  const cached = join(cacheDir(), `temporal-cli-${version}-sqlite-${sqliteVersion}`, 'temporal');
  const there = (await onPath('temporal', isNewEnough)) ?? (await executable(cached));
  if (there) return there;
  try {
    return await fetchOnce(cached, 'the Temporal server', [download, build]);
  } catch (cause) {
    throw new Error(
      `No Temporal server: no command \`temporal\` on PATH has a server ${oldestServer} or newer, and\n  ${(cause as Error).message}\n` +
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
  const dir = await mkdtemp(`${file}-build-`);
  const progress = showElapsed('Building the Temporal server from source (once, 2 to 5 minutes)');
  let downloaded = 0;
  let compiled = 0;
  try {
    // `go install` cannot choose the versions of what a command depends on.
    await writeFile(join(dir, 'go.mod'), goMod);
    const args = ['build', '-C', dir, '-mod=mod', '-v', '-o', 'temporal', command];
    await runLongCommand(go, args, userEnvironment(), (line) => {
      if (line.startsWith('go: ')) downloaded += 1;
      else compiled += 1;
      progress.update(`${downloaded} modules fetched, ${compiled} packages compiled`);
    });
    await rename(join(dir, 'temporal'), file);
  } catch (cause) {
    throw new Error(`\`go build ${command}\` failed: ${(cause as Error).message}`, { cause });
  } finally {
    progress.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

/** Checks the server in the command. Another program may have the same name, or be built for another machine. */
async function isNewEnough(file: string): Promise<boolean> {
  try {
    const { stdout } = await run(file, ['--version'], { timeout: 10_000 });
    const server = /Server ([\d.]+)/.exec(stdout)?.[1];
    return server !== undefined && server.localeCompare(oldestServer, 'en', { numeric: true }) >= 0;
  } catch {
    return false;
  }
}
