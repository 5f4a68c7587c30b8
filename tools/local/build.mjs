// Plain JavaScript, because it runs before anything is compiled.
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';

export const root = fileURLToPath(new URL('../../', import.meta.url));
const dist = join(root, 'dist');
const stampFile = join(dist, '.build-stamp');
const lockFile = join(dist, '.build-lock');
const compiled = ['contracts', 'workflows', 'activities', 'services', 'src', 'tools', 'bench'];
const also = ['tsconfig.json', 'tsconfig.build.json', 'package-lock.json'];

/**
 * Compiles the sources to dist/ unless it is up to date. A lock file makes a second build wait for the first.
 *
 * @throws {Error} with the compiler's messages when the sources do not compile.
 */
export async function ensureBuilt(say = () => undefined) {
  const stamp = stampOf();
  if (isBuilt(stamp)) return;
  mkdirSync(dist, { recursive: true });
  await takeLock();
  try {
    if (isBuilt(stamp)) return;
    say('compiling ...');
    await compile();
    writeFileSync(stampFile, stamp);
  } finally {
    rmSync(lockFile, { force: true });
  }
}

function isBuilt(stamp) {
  return existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp;
}

/** Hashes the name, size and modification time of every file that the compiler reads. */
function stampOf() {
  const hash = createHash('sha256');
  const add = (file) => {
    const { size, mtimeMs } = statSync(join(root, file));
    hash.update(`${file}\0${size}\0${mtimeMs}\n`);
  };
  for (const file of also) add(file);
  for (const folder of compiled) {
    if (!existsSync(join(root, folder))) continue;
    const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
    for (const file of files.filter((name) => name.endsWith('.ts')).sort()) add(join(folder, file));
  }
  return hash.digest('hex');
}

async function compile() {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  if (!existsSync(tsc)) throw new Error('The TypeScript compiler is not installed: run `npm ci`.');
  const { execa } = await import('execa');
  const args = [tsc, '-p', join(root, 'tsconfig.build.json')];
  const { failed, all } = await execa(process.execPath, args, { cwd: root, all: true, reject: false });
  if (failed) throw new Error(`The sources do not compile:\n${all}`);
}

async function takeLock() {
  for (;;) {
    try {
      const handle = openSync(lockFile, 'wx');
      writeFileSync(handle, String(process.pid));
      closeSync(handle);
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (!holderLives()) rmSync(lockFile, { force: true });
    await sleep(100);
  }
}

/** Checks whether the holder of the lock is alive. A lock file without a pid counts as held for its first 2 seconds. */
function holderLives() {
  try {
    const pid = Number(readFileSync(lockFile, 'utf8'));
    if (!pid) return Date.now() - statSync(lockFile).mtimeMs < 2_000;
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
