import { join } from 'node:path';
import { latestOf } from '../../../workflows/engine/versions.js';
import { orderVersions } from '../../../workflows/order/process.js';
import { returnVersions } from '../../../workflows/returns/process.js';
import type { Life } from './life.js';

/** Where the histories stand: one folder for each version of a process, `v1`, `v2`, and so on. */
export const histories = 'test/replay/histories';

/** The folder for a new history of this life: that of the version of the process that new runs get. */
export function folderOf({ run }: Pick<Life, 'run'>): string {
  const { version } = latestOf<{ name: string; version: number }>(run === 'returns' ? returnVersions : orderVersions);
  return join(histories, `v${version}`);
}

export function fileOf(life: Pick<Life, 'name' | 'run'>): string {
  return join(folderOf(life), `${life.name}.json`);
}
