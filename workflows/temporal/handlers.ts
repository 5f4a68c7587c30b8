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
import { takenOn } from './record-first.js';

/**
 * The one place where a run's queries, signals and updates are registered. A handler runs in the run's root scope, which a Cancel from the
 * Web UI cancels for good, so each is shielded here. And anybody can send anything by Temporal's own tools: what does not fit
 * reaches no handler, as an error there would fail the workflow task again and again.
 */

export function onQuery<Answer>(name: string, answer: () => Answer): void {
  setHandler(defineQuery<Answer>(name), answer);
}

/** A signal has no sender that could be answered: one that does not fit is ignored, with a line in the log. */
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
  refuse?: (envelope: CommandEnvelope<Body>) => void;
  /** Called once the history says that the update was accepted. */
  take: (envelope: CommandEnvelope<Body>, id: string) => Promise<CommandAnswer>;
  /** What a refusal tells of the run. */
  refusal: () => Refusal;
}

export function onUpdate<Body>({ name, shape }: MessageType<string, Body>, handler: UpdateHandler<Body>): void {
  const { refuse, take, refusal } = handler;
  const envelopeShape = envelopeOf(shape);
  setHandler(
    defineUpdate<CommandAnswer, [CommandEnvelope<Body>]>(name),
    (envelope) =>
      shielded(async () => {
        const { id } = currentUpdateInfo()!;
        await takenOn(name);
        return take(envelope, id);
      }),
    {
      validator: (envelope: CommandEnvelope<Body>) => {
        const errors = envelopeShape(envelope);
        if (errors.length > 0) {
          throw ApplicationFailure.nonRetryable(`${name} does not fit.`, 'validation_failed', { ...refusal(), errors });
        }
        refuse?.(envelope);
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

const shielded = <Answer>(run: () => Promise<Answer>): Promise<Answer> => CancellationScope.nonCancellable(run);
