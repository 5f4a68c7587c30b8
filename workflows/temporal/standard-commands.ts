import type { ContentOf } from '../engine/message.js';
import type { ProcessRun } from '../engine/run-process.js';
import { onCommand } from './commands.js';
import type { CommandHandler } from './commands.js';
import { cancel, resolve } from './messages.js';
import type { CommandEnvelope, Sender } from './protocol.js';
import type { Refuse } from './refusals.js';

/** How refusals speak of the process. */
export interface Wording {
  /** `order`; it is also the first part of the code `order_ended`. */
  noun: string;
  status: () => string;
  /** Why nothing can be cancelled past the pivot, as a sentence. */
  pastPivot: string;
}

/** A walk as these commands see it, whatever its facts are. */
type Run = Omit<ProcessRun<never>, 'process' | 'facts'>;

/**
 * Cancels the process, which is possible until its pivot.
 *
 * @returns the command, and what a Cancel from the Web UI does: an operator's cancel where it is possible, else nothing.
 */
export function cancelCommand(run: Run, refuse: Refuse, wording: Wording) {
  const hindrance = (): string | undefined => {
    if (run.steps.all.some((s) => s.canOnlyBeAbandoned)) {
      return `Another run of this ${wording.noun} has undone it: an operator can abandon it.`;
    }
    if (run.stopping) return `The ${wording.noun} is being undone already.`;
    return run.steps.isAnyPivotPassed ? wording.pastPivot : undefined;
  };
  const command: CommandHandler<ContentOf<typeof cancel>> = onCommand(cancel, {
    check: () => {
      if (run.isEnded) refuseEnded(refuse, wording);
      const reason = hindrance();
      if (reason !== undefined) refuse('not_cancellable', reason);
    },
    take: ({ by }) => stopBy(run, by),
  });
  const cancelIfPossible = () => {
    if (!run.isEnded && hindrance() === undefined) stopBy(run, { role: 'operator' });
  };
  return { command, cancelIfPossible };
}

/** Stops a process in the name of whoever sent the command. */
export function stopBy(run: Run, { role }: Sender): void {
  const code = role === 'operator' ? 'cancelled_by_operator' : 'cancelled_by_customer';
  const name = role === 'operator' ? 'an operator' : 'the shop or its customer';
  const current = run.steps.all.find((s) => s.isActive && !s.isOptional && !s.definition.fanOut) ?? run.steps.all[0]!;
  run.stop({ code, message: `Cancelled by ${name}.`, step: current.id });
}

/** Retries, skips or abandons a step that is stuck or waits for someone who may never come. */
export function resolveCommand(run: Run, refuse: Refuse, wording: Wording): CommandHandler<ContentOf<typeof resolve>> {
  const check = ({ body: { step, action } }: CommandEnvelope<ContentOf<typeof resolve>>) => {
    if (run.isEnded && !run.steps.all.some((s) => s.isStuck || s.isSkippableWait)) refuseEnded(refuse, wording);
    const code = run.refusesResolution(step, action);
    if (!code) return;
    if (code === 'unknown_step') {
      const known = run.steps.all.map((s) => s.id).join(', ');
      const message = `There is no step "${step}". The ${wording.noun}'s steps are in its view.`;
      refuse(code, message, [{ path: '/step', message: `must be one of ${known}` }]);
    }
    if (code === 'only_abandon') {
      const reason = `Another run of this ${wording.noun} has undone what ${step} needs`;
      refuse('wrong_status', `${reason}, so there is nothing to ${action}: abandon it.`);
    }
    if (code === 'not_skippable') refuse(code, `The step ${step} must not be skipped: retry or abandon it.`);
    if (run.isEnded) {
      refuse(`${wording.noun}_ended`, `The ${wording.noun} has ended, and the step ${step} is not stuck.`);
    }
    if (run.steps.get(step)!.isSkippableWait) {
      refuse(code, `The step ${step} waits for news: there is nothing to retry. Skip or abandon it.`);
    }
    refuse(code, `The step ${step} is not stuck: there is nothing to ${action}.`);
  };
  return onCommand(resolve, { check, take: ({ body }) => run.resolve(body.step, body.action) });
}

export function refuseEnded(refuse: Refuse, { noun, status }: Wording): never {
  return refuse(`${noun}_ended`, `The ${noun} has ended: it is ${status()}.`);
}
