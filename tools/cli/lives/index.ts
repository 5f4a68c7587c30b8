import { book } from './book.js';
import { cancelled } from './cancelled.js';
import { completed } from './completed.js';
import { failed } from './failed.js';
import { lateAnswers } from './late-answers.js';
import { limits } from './limits.js';
import { open } from './open.js';
import { parcels } from './parcels.js';
import { payments } from './payments.js';
import { refusals } from './refusals.js';
import { refusedRepairs } from './refused-repairs.js';
import { refusedReturns } from './refused-returns.js';
import { rejections } from './rejections.js';
import { repairs } from './repairs.js';
import { replacements } from './replacements.js';
import { returns } from './returns.js';
import { settledOrders } from './settled.js';
import { shortages } from './shortages.js';
import { unseen } from './unseen.js';
import type { Life } from './life.js';

export type { Life };

/** Every life that has a history, group by group: each way an order can end, and each detour on the way. */
export const lives: readonly Life[] = [
  ...completed,
  ...cancelled,
  ...failed,
  ...payments,
  ...parcels,
  ...shortages,
  ...repairs,
  ...returns,
  ...refusals,
  ...rejections,
  ...lateAnswers,
  ...unseen,
  ...replacements,
  ...refusedRepairs,
  ...refusedReturns,
  ...limits,
  ...settledOrders,
  ...book,
  ...open,
];
