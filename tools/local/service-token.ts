import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Reads DATA_DIR/service-token, the token for calls to the services if SERVICE_TOKEN is not set. Creates it at the first start. */
export function keptServiceToken(dataDir: string): string {
  const file = join(dataDir, 'service-token');
  const fresh = `${file}.${process.pid}.new`;
  writeFileSync(fresh, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600 });
  try {
    linkSync(fresh, file); // Creates the whole file or nothing, and never replaces an existing one.
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(fresh);
  }
  return readFileSync(file, 'utf8').trim();
}
