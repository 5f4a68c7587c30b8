import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { findPostgresBinaries, postgresAccount, type PostgresAccount } from './postgres-binaries.js';
import { endByPid, identify } from './pid-identity.js';
import type { Program } from './program.js';
import { readyByLine } from './readiness.js';

const run = promisify(execFile);
const owner = 'orderflow';

export interface PostgresOptions {
  /** The folder of `cluster/` (PostgreSQL's own files) and `password`. It is created if it does not exist. */
  dir: string;
  port: number;
  /** Server settings on top of the defaults, which keep fsync on. */
  settings?: Record<string, string>;
}

export interface PostgresProgram extends Program {
  /** The superuser's URL of the database `postgres`, with the password. */
  url: string;
}

/**
 * Prepares a PostgreSQL on loopback for `launch`. The first time, it creates the cluster. Later, it clears away what a killed supervisor
 * or server left behind: a server that still runs on these files, or a stale lock file.
 */
export async function preparePostgres(options: PostgresOptions): Promise<PostgresProgram> {
  const dir = resolve(options.dir);
  const cluster = join(dir, 'cluster');
  const binaries = await findPostgresBinaries();
  await mkdir(dir, { recursive: true });
  const account = await postgresAccount(cluster, dirname(binaries.postgres));
  if (await exists(join(cluster, 'PG_VERSION'))) await clearLock(cluster);
  else await initialise(dir, cluster, binaries.initdb, account);
  const password = (await readFile(join(dir, 'password'), 'utf8')).trim();
  const settings: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    lc_messages: 'C',
    log_checkpoints: 'off',
    // Everything runs on one laptop, so keep the files small.
    max_wal_size: '256MB',
    ...options.settings,
  };
  const args = ['-D', cluster, '-p', String(options.port)];
  for (const [name, value] of Object.entries(settings)) args.push('-c', `${name}=${value}`);
  return {
    ...as(account, binaries.postgres, args),
    env: postgresEnvironment(),
    cwd: dir,
    ready: readyByLine(/database system is ready to accept connections/),
    // Fast shutdown: PostgreSQL ends the sessions and writes all data to disk.
    stopSignal: 'SIGINT',
    graceMs: 15_000,
    url: `postgres://${owner}:${password}@127.0.0.1:${options.port}/postgres`,
  };
}

/**
 * Ends a PostgreSQL that still runs on these files without a supervisor.
 *
 * @param dir the folder given to {@link preparePostgres}.
 */
export async function endOrphanedPostgres(dir: string): Promise<void> {
  const cluster = join(resolve(dir), 'cluster');
  if (await exists(join(cluster, 'postmaster.pid'))) await clearLock(cluster);
}

/**
 * Stops a server that still runs on this cluster. If the pid in the lock file belongs to another program, this removes the file:
 * PostgreSQL would take that program for a running server if it has the same user, which is common after a reboot. In all other cases
 * PostgreSQL handles the lock file, because it also checks whether sessions of a killed server still hold the shared memory.
 */
async function clearLock(cluster: string): Promise<void> {
  const lock = join(cluster, 'postmaster.pid');
  let pid: number;
  try {
    pid = Number((await readFile(lock, 'utf8')).split('\n')[0]);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const identity = identify(pid);
  if (!identity) return;
  if (identity.command.includes(`-D ${cluster} `)) await endByPid(pid, identity.startTime, 'SIGINT', 15_000);
  else await rm(lock, { force: true });
}

/** Creates the cluster in a temporary folder and then renames it, so that an incomplete cluster is never started. */
async function initialise(dir: string, cluster: string, initdb: string, account: PostgresAccount): Promise<void> {
  const fresh = join(dir, `cluster-${process.pid}`);
  const passwordFile = join(dir, 'password');
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { mode: 0o700 });
  await writeFile(passwordFile, `${randomBytes(18).toString('base64url')}\n`, { mode: 0o600 });
  const ids = account.owner;
  if (ids) await Promise.all([fresh, passwordFile].map((path) => chown(path, ids.uid, ids.gid)));
  const { command, args, ...options } = as(account, initdb, [
    `--pgdata=${fresh}`,
    `--username=${owner}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
  ]);
  try {
    await run(command, args, { env: postgresEnvironment(), cwd: dir, ...options });
  } catch (cause) {
    await rm(fresh, { recursive: true, force: true });
    const output = (cause as { stderr?: string }).stderr?.trim();
    throw new Error(`PostgreSQL could not create its files in ${dir}: ${output || (cause as Error).message}`, {
      cause,
    });
  }
  await rename(fresh, cluster);
}

function as({ owner: ids, wrap }: PostgresAccount, program: string, args: string[]) {
  const [command, ...rest] = [...wrap, program, ...args];
  return { command: command as string, args: rest, ...(ids && wrap.length === 0 ? ids : {}) };
}

/** Leaves out the PG* variables of the user's shell. LC_ALL keeps messages in English, because `ready` reads them. */
function postgresEnvironment(): NodeJS.ProcessEnv {
  return { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
