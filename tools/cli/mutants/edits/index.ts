import type { Edit } from '../edit.js';
import { answerEdits } from './answers.js';
import { callEdits } from './calls.js';
import { clockEdits } from './clock.js';
import { engineEdits } from './engine.js';
import { graphEdits } from './graph.js';
import { latePaymentEdits } from './late-payments.js';
import { messageEdits } from './messages.js';
import { publicationEdits } from './publications.js';
import { returnsEdits } from './returns.js';
import { safeEdits } from './safe.js';
import { timerEdits } from './timers.js';
import { undoEdits } from './undo.js';
import { versionEdits } from './versions.js';

/** All edits that were made by hand. */
export const edits: readonly Edit[] = [
  ...graphEdits,
  ...callEdits,
  ...timerEdits,
  ...messageEdits,
  ...answerEdits,
  ...undoEdits,
  ...publicationEdits,
  ...clockEdits,
  ...engineEdits,
  ...versionEdits,
  ...returnsEdits,
  ...latePaymentEdits,
  ...safeEdits,
];
