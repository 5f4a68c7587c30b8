import type { CancelBody, ResolveBody } from '../../contracts/commands.schema.js';
import { messageType } from '../engine/message.js';
import { object, oneOf, optional, text } from '../engine/shape.js';

/** Commands that any process can take. Their handlers are in standard-commands.ts. */

/** Stops the process and undoes what was begun. */
export const cancel = messageType('cancel', object<CancelBody>({ reason: optional(text) }));

/** An operator's decision on a step that is stuck. */
export const resolve = messageType(
  'resolve',
  object<ResolveBody>({ action: oneOf('retry', 'skip', 'abandon'), step: text }),
);
