import { chmod, mkdir } from 'node:fs/promises';

/**
 * Creates DATA_DIR if it is missing, and makes it private: it holds keys, passwords and orders. From then on, only the user can access
 * new files of this program and its children.
 */
export async function openDataDir(dataDir: string): Promise<void> {
  process.umask(0o077);
  await mkdir(dataDir, { recursive: true });
  await chmod(dataDir, 0o700);
}
