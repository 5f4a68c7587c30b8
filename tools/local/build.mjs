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

/** Everything that `npm run build` makes, in two parts: each is made again only when its own sources changed. */
const programs = {
  name: 'build',
  note: 'compiling ...',
  folders: ['contracts', 'workflows', 'activities', 'services', 'src', 'tools', 'bench'],
  also: ['tsconfig.json', 'tsconfig.build.json', 'package-lock.json'],
  sources: /\.ts$/,
  make: compile,
};
const page = {
  name: 'page',
  note: 'building the page ...',
  folders: ['contracts', 'web'],
  also: ['package-lock.json'],
  sources: /\.(tsx?|css|html|svg|json)$/,
  make: bundlePage,
};

/**
 * Compiles the sources to dist/ unless it is up to date. A lock file makes a second build wait for the first.
 *
 * @throws {Error} with the compiler's messages when the sources do not compile.
 */
export async function ensureBuilt(say = () => undefined) {
  await ensure(programs, say);
}

/**
 * Builds the operator's page to dist/web unless it is up to date.
 *
 * @throws {Error} with Vite's messages when it cannot be built.
 */
export async function ensurePageBuilt(say = () => undefined) {
  await ensure(page, say);
}

async function ensure(part, say) {
  const stamp = stampOf(part);
  const stampFile = join(dist, `.${part.name}-stamp`);
  const lockFile = join(dist, `.${part.name}-lock`);
  const isBuilt = () => existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp;
  if (isBuilt()) return;
  mkdirSync(dist, { recursive: true });
  await takeLock(lockFile);
  try {
    if (isBuilt()) return;
    say(part.note);
    await part.make();
    writeFileSync(stampFile, stamp);
  } finally {
    rmSync(lockFile, { force: true });
  }
}

/** Hashes the name, size and modification time of every file that the part is made from. */
function stampOf({ folders, also, sources }) {
  const hash = createHash('sha256');
  const add = (file) => {
    const { size, mtimeMs } = statSync(join(root, file));
    hash.update(`${file}\0${size}\0${mtimeMs}\n`);
  };
  for (const file of also) add(file);
  for (const folder of folders) {
    if (!existsSync(join(root, folder))) continue;
    const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
    for (const file of files.filter((name) => sources.test(name)).sort()) add(join(folder, file));
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

async function bundlePage() {
  const vite = join(root, 'node_modules/vite/bin/vite.js');
  if (!existsSync(vite)) throw new Error('Vite is not installed: run `npm ci`.');
  const { execa } = await import('execa');
  // In a test run, NODE_ENV would make it a page for development.
  const options = { cwd: root, all: true, reject: false, env: { NODE_ENV: 'production' } };
  const { failed, all } = await execa(process.execPath, [vite, 'build', 'web', '--logLevel', 'error'], options);
  if (failed) throw new Error(`The page cannot be built:\n${all}`);
}

async function takeLock(lockFile) {
  for (;;) {
    try {
      const handle = openSync(lockFile, 'wx');
      writeFileSync(handle, String(process.pid));
      closeSync(handle);
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (!holderLives(lockFile)) rmSync(lockFile, { force: true });
    await sleep(100);
  }
}

/** Checks whether the holder of the lock is alive. A lock file without a pid counts as held for its first 2 seconds. */
function holderLives(lockFile) {
  try {
    const pid = Number(readFileSync(lockFile, 'utf8'));
    if (!pid) return Date.now() - statSync(lockFile).mtimeMs < 2_000;
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
