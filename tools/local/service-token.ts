import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** DATA_DIR/service-token: what the services on this data are called with where SERVICE_TOKEN does not say it. Made at the first start. */
export function keptServiceToken(dataDir: string): string {
  const file = join(dataDir, 'service-token');
  const fresh = `${file}.${process.pid}.new`;
  writeFileSync(fresh, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600 });
  try {
    linkSync(fresh, file); // Whole or not at all, and never in place of the one that is there.
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(fresh);
  }
  return readFileSync(file, 'utf8').trim();
}
