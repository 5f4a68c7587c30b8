import { cancelled } from './cancelled.js';
import { completed } from './completed.js';
import { failed } from './failed.js';
import { repairs } from './repairs.js';
import { returns } from './returns.js';
import type { Life } from './life.js';

export type { Life };

/** Every life that has a history, group by group: each way an order can end, and each detour on the way. */
export const lives: readonly Life[] = [...completed, ...cancelled, ...failed, ...repairs, ...returns];
