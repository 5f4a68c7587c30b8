import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const compilerManifest = require.resolve('typescript/package.json');
const usualFolder = join(dirname(compilerManifest), '..', '.cache', 'orderflow', 'simulated');
const transformers = fileURLToPath(new URL('./transpile/', import.meta.url));

/**
 * Compiled modules on disk, under node_modules/.cache: to compile all of them takes seconds, and each test file and each command needs them.
 * A module is found by its name, its text, and the hash of the compiler and of what transforms modules. If the folder is not writable, each program
 * compiles for itself.
 */
export class CodeCache {
  readonly #folder: string;
  readonly #compiler: string;

  constructor(folder = usualFolder) {
    this.#folder = folder;
    this.#compiler = compilerHash();
  }

  /** What the module was compiled to, or what `compile` makes of it. */
  async find(id: string, text: string, compile: () => Promise<string>): Promise<string> {
    const hash = createHash('sha256').update(`${this.#compiler}\0${id}\0`).update(text).digest('hex').slice(0, 24);
    const file = join(this.#folder, `${hash}.js`);
    const known = read(file);
    if (known !== undefined) return known;
    const code = await compile();
    write(file, code);
    return code;
  }
}

function compilerHash(): string {
  const hash = createHash('sha256').update(readFileSync(compilerManifest));
  for (const name of readdirSync(transformers).sort()) {
    if (/\.[jt]s$/.test(name)) hash.update(`${name}\0`).update(readFileSync(join(transformers, name)));
  }
  return hash.digest('hex');
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return undefined;
  }
}

function write(file: string, code: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    const draft = `${file}.${process.pid}`;
    writeFileSync(draft, code);
    renameSync(draft, file);
  } catch (error) {
    if (!['EACCES', 'EROFS', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}
