import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

const compress = promisify(gzip);

const types: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Smaller files do not get smaller. */
const compressedFrom = 1024;

export interface PageFile {
  type: string;
  /** Quoted, as the header ETag has it. */
  tag: string;
  plain: Buffer;
  compressed?: Promise<Buffer>;
}

/** The folder that `npm run build` writes the page to: beside the compiled programs, or in dist/ when the API runs from its sources. */
const folders = ['../../../web/', '../../../dist/web/'].map((path) => fileURLToPath(new URL(path, import.meta.url)));

/**
 * The files of the operator's page, in memory: they are few and small, and no path of a request reaches the file system.
 *
 * @returns each file under its path, such as `index.html` and `assets/main-3f2a.js`; empty when the page is not built.
 */
export function builtPage(): ReadonlyMap<string, PageFile> {
  // web/ of a checkout has an index.html too; only the built page has assets.
  const folder = folders.find((each) => existsSync(join(each, 'assets')) && existsSync(join(each, 'index.html')));
  if (folder === undefined) return new Map();
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => types[extname(name)]);
  return new Map(names.map((name) => [name, read(folder, name)]));
}

function read(folder: string, name: string): PageFile {
  const plain = readFileSync(join(folder, name));
  return {
    type: types[extname(name)]!,
    tag: `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`,
    plain,
    ...(plain.length < compressedFrom ? {} : { compressed: compress(plain) }),
  };
}
