import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout that this file belongs to, whether it runs from the sources or compiled. */
export const checkout = rootOf(dirname(fileURLToPath(import.meta.url)));

function rootOf(folder: string): string {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, 'workflows/index.ts'))) return at;
    if (at === dirname(at)) throw new Error('The simulation runs from a checkout: it needs the sources.');
  }
}
