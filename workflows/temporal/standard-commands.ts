import type { MessageType } from '../engine/message.js';
import type { ProcessRun } from '../engine/run-process.js';
import { isResolvable, takenMessages } from '../engine/standing.js';
import { onCommand } from './commands.js';
import type { CommandHandler } from './commands.js';
import { cancel, resolve } from './messages.js';
import type { Refusal, Sender } from './protocol.js';
import { refuseWith } from './refusals.js';
import type { Refuse } from './refusals.js';

export interface StandardOptions {
  /** What every refusal tells of the process; nothing unless given. */
  refusal?: () => Refusal;
  /** The process's status, for refusals. */
  status: () => string;
  /** Why nothing can be cancelled past the pivot, as a sentence. */
  pastPivot?: string;
  /** The process has had so many commands of this name that it takes no more; never unless given. */
  isAtLimit?: (command: string) => boolean;
}

export interface StandardCommands {
  /** Stops the process, which is possible until its pivot. What was begun is undone. */
  cancel: CommandHandler;
  /** Retries, skips or abandons a step that is stuck, or that waits for someone who may never come. */
  resolve: CommandHandler;
  /** A command that steps wait for. It is possible while a step takes it. */
  awaited: (type: MessageType) => CommandHandler;
  /** The check of such a command: refuses it while no step takes it, or at its limit. */
  mustBeTaken: (type: MessageType) => void;
  refuse: Refuse;
  /** Refuses a command because the process has ended. */
  refuseEnded: () => never;
  /** Stops the process in the name of the sender of a command. */
  stopBy: (sender: Sender) => void;
}

/** The commands that any process can have. Refusals call the process by its name. */
export function standardCommands<Facts>(
  run: ProcessRun<Facts>,
  { refusal = () => ({}), status, pastPivot = 'It is too late to cancel.', isAtLimit = () => false }: StandardOptions,
): StandardCommands {
  const { name } = run.process;
  const refuse: Refuse = refuseWith(refusal);
  const refuseEnded = () => refuse(`${name}_ended`, `The ${name} has ended: it is ${status()}.`);

  function checkCancel(): void {
    if (run.isEnded) refuseEnded();
    if (run.steps.all.some((s) => s.canOnlyBeAbandoned)) {
      refuse('not_cancellable', `Another run of this ${name} has undone it: an operator can abandon it.`);
    }
    if (run.stopping) refuse('not_cancellable', `The ${name} is being undone already.`);
    if (run.steps.isAnyPivotPassed) refuse('not_cancellable', pastPivot);
  }

  function stopBy({ role }: Sender): void {
    const code = role === 'operator' ? 'cancelled_by_operator' : 'cancelled_by_customer';
    const sender = role === 'operator' ? 'an operator' : 'the shop or its customer';
    const current = run.steps.all.find((s) => s.isActive && !s.isOptional && !s.definition.fanOut) ?? run.steps.all[0]!;
    run.stop({ code, message: `Cancelled by ${sender}.`, step: current.id });
  }

  function mustBeTaken({ name: command }: MessageType): void {
    if (run.isEnded) refuseEnded();
    if (!takenMessages(run).has(command)) {
      refuse('wrong_status', `The ${name} is ${status()}: ${command} cannot be taken now.`);
    }
    if (isAtLimit(command)) {
      refuse('too_many_changes', `The ${name} has had so many changes that it takes no more of this kind: ${command}.`);
    }
  }

  return {
    refuse,
    refuseEnded,
    stopBy,
    cancel: onCommand(cancel, { check: checkCancel, take: ({ by }) => stopBy(by) }),
    resolve: onCommand(resolve, {
      check: ({ body }) => checkResolution(run, body, refuse, refuseEnded),
      take: ({ body }) => run.resolve(body.step, body.action),
    }),
    mustBeTaken,
    awaited: (type) =>
      onCommand(type, {
        check: () => mustBeTaken(type),
        take: ({ body }, id) => void run.deliver(type, { id, content: body }),
      }),
  };
}

type Resolution = { step: string; action: 'retry' | 'skip' | 'abandon' };

function checkResolution<Facts>(
  run: ProcessRun<Facts>,
  { step, action }: Resolution,
  refuse: Refuse,
  refuseEnded: () => never,
): void {
  const { name } = run.process;
  if (run.isEnded && !isResolvable(run)) refuseEnded();
  const code = run.refusesResolution(step, action);
  switch (code) {
    case undefined:
      return;
    case 'unknown_step': {
      const known = run.steps.all.map((s) => s.id).join(', ');
      const message = `There is no step "${step}". The ${name}'s steps are in its view.`;
      return refuse(code, message, [{ path: '/step', message: `must be one of ${known}` }]);
    }
    case 'only_abandon': {
      const reason = `Another run of this ${name} has undone what ${step} needs`;
      return refuse('wrong_status', `${reason}, so there is nothing to ${action}: abandon it.`);
    }
    case 'not_skippable':
      return refuse(code, `The step ${step} must not be skipped: retry or abandon it.`);
    case 'wrong_status':
      if (run.isEnded) refuse(`${name}_ended`, `The ${name} has ended, and the step ${step} is not stuck.`);
      if (run.steps.get(step)!.isSkippableWait) {
        refuse(code, `The step ${step} waits for news: there is nothing to retry. Skip or abandon it.`);
      }
      refuse(code, `The step ${step} is not stuck: there is nothing to ${action}.`);
  }
}
