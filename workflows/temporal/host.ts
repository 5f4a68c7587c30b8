import {
  ApplicationFailure,
  CancellationScope,
  allHandlersFinished,
  condition,
  patched,
  setCurrentDetails,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { SearchAttributeUpdatePair } from '@temporalio/common';
import type { Failure } from '../../contracts/failures.js';
import type { Position } from '../../contracts/publication.js';
import type { Process } from '../engine/definition.js';
import { ProcessRun } from '../engine/run-process.js';
import { versionOf } from '../engine/versions.js';
import type { CommandHandler, EventHandler } from './commands.js';
import { CommandTurns } from './command-turns.js';
import { onQuery, onSignal, onUpdate, shielded } from './handlers.js';
import { cancel } from './messages.js';
import { TemporalPorts } from './ports.js';
import { publicationQuery, serviceTaskQueue } from './protocol.js';
import type { Refusal } from './protocol.js';
import { Publisher } from './publisher.js';
import type { PublisherOptions } from './publisher.js';
import { asKeptRefusal, isRefused, refuseWith } from './refusals.js';

/** What every hosted run is started with. */
export interface HostedInput {
  process: { version: number };
}

/** What a host offers to its process. */
export interface Host<Facts, Status extends string = string> {
  /** Starts one walk of the process. A run may have any number of them. */
  walk: (facts: Facts, key: string) => ProcessRun<Facts, Status>;
  /** Calls a local activity of the run itself. Commands and publications wait for its answer. */
  localCall: TemporalPorts['localCall'];
  /** Of the latest publication; 0 until there is one. */
  readonly revision: number;
}

/** What a process gives to its host. */
export interface Hosted<View, Publication extends object> {
  /** Name of the query that answers the view. */
  query: string;
  /** What the process shows now. The run's result is the last view. */
  view(): View;
  /** The activity that stores a publication: `<service>.<operation>`. */
  publishBy: PublisherOptions<Publication>['activity'];
  publication(position: Position, view: View): Publication;
  /** With the command `cancel` among them, a Cancel from the Web UI is an operator's cancel, where that is possible. */
  commands: readonly CommandHandler[];
  events?: readonly EventHandler[];
  /** What the refusal of a command that does not fit tells of the process; nothing unless given. */
  refusal?(): Refusal;
  /** Markdown, shown in the Web UI as the run's current details. */
  details?(view: View): string;
  /** The search attributes that the run should have now. The host writes those that differ from what it has. */
  searchAttributes?(view: View): SearchAttributeUpdatePair[];
  /** Called after every change of a walk. */
  onChange?(): void;
  /** Called for every recorded command, taken or refused. */
  onCommand?(): void;
  /** False while something besides walks and handlers is still to be done. */
  mayClose?(): boolean;
  /** Why the run closes as failed; undefined where it completes. */
  failure?(): Failure | undefined;
}

export interface ProcessHosting<Input, Facts, Status extends string, View, Publication extends object> {
  /** Every version of the process that may still be running. A run keeps the version that it was started with. */
  versions: readonly Process<Facts, Status>[];
  /** How long a fault is retried before an operator has to decide; without end unless given. */
  retryBudgetMs?: (input: Input) => number;
  /** Called at the start of the run. Walks that it starts begin once all handlers are registered. */
  open: (input: Input, host: Host<Facts, Status>) => Hosted<View, Publication>;
}

/**
 * A class, and no object with a getter: V8 makes a hidden class for each such object, and the whole run stays in memory until a full garbage
 * collection removes that.
 */
class RunHost<Facts, Status extends string> implements Host<Facts, Status> {
  constructor(
    readonly walk: Host<Facts, Status>['walk'],
    private readonly ports: TemporalPorts,
    private readonly published: () => number,
  ) {}

  readonly localCall: TemporalPorts['localCall'] = (make) => this.ports.localCall(make);

  get revision(): number {
    return this.published();
  }
}

const withoutEnd = 10 * 365 * 24 * 3_600_000;

/**
 * The workflow that hosts a process: it registers the handlers, records commands before they act, publishes the view when the run is at
 * rest, and closes when every walk has ended and everything is published.
 *
 * @example export const processApproval = hostProcess({ versions: [approvalProcess], open: (input: Input, host) => ({ ... }) });
 */
export function hostProcess<Input extends HostedInput, Facts, Status extends string, View, Publication extends object>(
  hosting: ProcessHosting<Input, Facts, Status, View, Publication>,
): (input: Input) => Promise<View> {
  return (input) => host(hosting, input);
}

async function host<Input extends HostedInput, Facts, Status extends string, View, Publication extends object>(
  { versions, retryBudgetMs, open }: ProcessHosting<Input, Facts, Status, View, Publication>,
  input: Input,
): Promise<View> {
  const definition = versionOf(versions, input.process.version);
  const ports = new TemporalPorts({
    taskQueue: serviceTaskQueue,
    retryBudgetMs: retryBudgetMs?.(input) ?? withoutEnd,
  });
  const walks: ProcessRun<Facts, Status>[] = [];
  const walking: Promise<void>[] = [];
  let begun = false;

  const begin = (run: ProcessRun<Facts, Status>) => walking.push(run.run().then(() => run.optionalStepsEnded()));
  const walk = (facts: Facts, key: string) => {
    const run = new ProcessRun(definition, facts, ports, { key, onChange });
    walks.push(run);
    if (begun) begin(run);
    return run;
  };
  const process = open(input, new RunHost(walk, ports, () => publisher.revision));
  const publisher = new Publisher<Publication>({ activity: process.publishBy, publication: published, ports });

  function published(position: Position): Publication {
    const view = process.view();
    const has = workflowInfo().typedSearchAttributes;
    const changed = process.searchAttributes?.(view).filter(({ key, value }) => (has.get(key) ?? null) !== value) ?? [];
    if (changed.length > 0) upsertSearchAttributes(changed);
    if (process.details) setCurrentDetails(process.details(view));
    return process.publication(position, view);
  }

  function onChange(): void {
    process.onChange?.();
    publisher.changed();
  }

  const turns = new CommandTurns(ports, () => begun);

  // Handlers are registered before the first await, so that a message that came with the start is not lost.
  onQuery<View>(process.query, () => process.view());
  onQuery<Publication>(publicationQuery, () => process.publication(publisher.position(), process.view()));
  const heard = new Set<string>();
  for (const event of process.events ?? []) {
    onSignal(event.type, (content) => {
      ports.signals += 1;
      const message = `${event.type.name} ${content.id}`;
      if (heard.has(message) && ports.hearsOnce()) return;
      heard.add(message);
      return event.take(content);
    });
  }
  const refusal = () => ({ ...process.refusal?.() });
  const refuse = refuseWith(refusal);
  for (const command of process.commands) {
    const isTooEarly = () => command.changesCalls === true && walks.some(({ steps }) => steps.areUnsure);
    const refuseTooEarly = () =>
      refuse(
        'wrong_status',
        `A crash may have cut off what the ${definition.name} did: ${command.type.name} cannot be taken before it is done again.`,
      );
    onUpdate(command.type, {
      refusal,
      check: (envelope) => {
        if (command.mustLoad?.() || turns.areAhead) return;
        command.check(envelope);
        if (isTooEarly()) refuseTooEarly();
      },
      take: async (envelope, id) => {
        if (command.mustLoad?.()) await command.load?.();
        const check = () => {
          command.check(envelope);
          if (isTooEarly() && ports.refusesTooEarly()) refuseTooEarly();
        };
        await turns.next(check, () => {
          try {
            asKeptRefusal(check);
          } finally {
            process.onCommand?.();
          }
          ports.barrier.raise();
          command.take(envelope, id);
        });
        const { fingerprint } = envelope;
        if (walks.length > 0) return { fingerprint, revision: await publisher.flush() };
        // No walk follows from the command: an earlier execution of this workflow task has done and published everything. The run does not
        // publish without a walk, so it would never answer.
        return { fingerprint, revision: patched('answered-without-walk') ? 0 : await publisher.flush() };
      },
    });
  }
  const cancelling = process.commands.find(({ type }) => type === cancel);
  if (cancelling) {
    const envelope = { fingerprint: '', by: { role: 'operator' } as const, body: {} };
    const check = () => cancelling.check(envelope);
    // Temporal writes a Cancel to the history before the run gets it, but not when it takes effect. Without the barrier, news that comes after a
    // lost workflow task could come before it, and what it has undone would count as done.
    CancellationScope.current().cancelRequested.catch(() =>
      shielded(() =>
        turns.next(check, () => {
          if (isRefused(check)) return;
          if (ports.cancelsAsCommand()) ports.barrier.raise();
          cancelling.take(envelope, '');
        }),
      ),
    );
  }

  return shielded(async () => {
    begun = true;
    for (const run of walks) begin(run);
    const mayClose = () => process.mayClose?.() ?? true;
    // A run that was started by a message that came to nothing has no walk, and publishes nothing.
    if (walks.length === 0) await condition(() => walks.length > 0 || (mayClose() && allHandlersFinished()));
    let ended = 0;
    // News can come while the run, whose last view is stored, still waits until it may close.
    const isBehind = () => ended > 0 && publisher.isBehind && ports.publishesTheRest();
    while (ended < walking.length || !allHandlersFinished() || isBehind()) {
      const publishing = publisher.run();
      ended = walking.length;
      await Promise.all(walking);
      if (!allHandlersFinished()) await condition(allHandlersFinished);
      publisher.close();
      await publishing;
      if (!mayClose()) await condition(mayClose);
      // Messages that came while the last view was being stored may have begun another walk.
    }
    const last = process.view();
    const failure = process.failure?.();
    if (failure) throw ApplicationFailure.nonRetryable(failure.message, failure.code, last);
    return last;
  });
}
