import { chmod, mkdir } from 'node:fs/promises';

/**
 * Makes DATA_DIR where it is missing, and closes it: keys, passwords and orders stand in it. From here on this process and all that it
 * starts make files for their own user alone.
 */
export async function openDataDir(dataDir: string): Promise<void> {
  process.umask(0o077);
  await mkdir(dataDir, { recursive: true });
  await chmod(dataDir, 0o700);
}
