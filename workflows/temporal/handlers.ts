import {
  ApplicationFailure,
  CancellationScope,
  currentUpdateInfo,
  defineQuery,
  defineSignal,
  defineUpdate,
  log,
  setHandler,
} from '@temporalio/workflow';
import type { CommandAnswer, CommandEnvelope, Refusal, Sender } from './protocol.js';
import type { MessageType } from '../engine/message.js';
import { object, oneOf, optional, text } from '../engine/shape.js';
import type { Shape } from '../engine/shape.js';

/**
 * The one place where a run's queries, signals and updates are registered. Handlers run in the run's root scope, which a Cancel from
 * the Web UI cancels for good, so each handler is shielded here. Anyone can send anything with Temporal's own tools, and an error in a
 * handler would fail the workflow task again and again. So a message that does not fit its shape reaches no handler.
 */

export function onQuery<Answer>(name: string, answer: () => Answer): void {
  setHandler(defineQuery<Answer, []>(name), answer);
}

/** A signal has no sender to answer: one that does not fit is logged and ignored. */
export function onSignal<Content>(
  { name, shape }: MessageType<string, Content>,
  take: (content: Content) => void | Promise<void>,
): void {
  setHandler(defineSignal<[Content]>(name), (content) => {
    const errors = shape(content);
    if (errors.length > 0) log.warn('A signal that does not fit was ignored.', { signal: name, errors });
    else return shielded(() => Promise.resolve(take(content)));
  });
}

export interface UpdateHandler<Body> {
  /** The validator: throws when the update cannot be taken now. Changes nothing. */
  check(envelope: CommandEnvelope<Body>): void;
  take(envelope: CommandEnvelope<Body>, id: string): Promise<CommandAnswer>;
  /** What every refusal tells of the process. */
  refusal(): Refusal;
}

/** An update that does not fit is refused with `validation_failed`. */
export function onUpdate<Body>({ name, shape }: MessageType<string, Body>, handler: UpdateHandler<Body>): void {
  const envelopeShape = envelopeOf(shape);
  setHandler(
    defineUpdate<CommandAnswer, [CommandEnvelope<Body>]>(name),
    (envelope): Promise<CommandAnswer> => shielded(() => handler.take(envelope, currentUpdateInfo()!.id)),
    {
      validator: (envelope: CommandEnvelope<Body>) => {
        const errors = envelopeShape(envelope);
        if (errors.length > 0) {
          const details: Refusal = { ...handler.refusal(), errors };
          throw ApplicationFailure.nonRetryable(`${name} does not fit.`, 'validation_failed', details);
        }
        handler.check(envelope);
      },
    },
  );
}

function envelopeOf<Body>(body: Shape<Body>): Shape<CommandEnvelope<Body>> {
  return object<CommandEnvelope<Body>>({
    fingerprint: text,
    by: object<Sender>({ role: oneOf('shop', 'operator'), name: optional(text) }),
    body,
  });
}

export const shielded = <Answer>(run: () => Promise<Answer>): Promise<Answer> => CancellationScope.nonCancellable(run);
