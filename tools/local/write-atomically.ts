import { renameSync, writeFileSync } from 'node:fs';

/** Writes a file so that readers see the old content or the new one, never a mix. Only its owner may read it: it can hold a password. */
export function writeJsonAtomically(file: string, value: unknown): void {
  const fresh = `${file}.${process.pid}.new`;
  writeFileSync(fresh, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  renameSync(fresh, file);
}
