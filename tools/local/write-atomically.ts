import { renameSync, writeFileSync } from 'node:fs';

/** Readers see the old content or the new one, never a part; only its owner may read it, as it holds a password. */
export function writeJsonAtomically(file: string, value: unknown): void {
  const fresh = `${file}.${process.pid}.new`;
  writeFileSync(fresh, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  renameSync(fresh, file);
}
