import { LocalCall } from './calls.js';
import { eventsOf, inOrder, isClose } from './commands.js';
import { Pending } from './pending.js';
import { callsCutUnsent, patchesIn, replayed, summariesOf } from './replayed.js';
import type { TaskRecord } from './replayed.js';
import type { CodeRun, Job, RawCommand, RawPart, RunIdentity, SimulatedPayload } from './run-code.js';
import type { ModelledServer, UpdateAnswer } from './server.js';
import type { Appointment } from './timeline.js';
import { Updates } from './updates.js';
import type { RefusedUpdates } from './updates.js';

export type RunStatus = 'running' | 'completed' | 'failed' | 'cancelled' | 'terminated' | 'continued_as_new';
export interface RunOutcome {
  status: RunStatus;
  result?: unknown;
  failure?: Record<string, unknown>;
}

/** An event for the code, and how many events of the history it stands for. */
interface News {
  job: Job;
  events: number;
}

interface OpenTask {
  now: number;
  historyLength: number;
  news: News[];
  jobs: Job[];
  answers: Job[];
  commands: RawCommand[];
  /** It only brings Updates: if all are refused, the history never has it. */
  isSpeculative: boolean;
  heartbeat: Appointment | undefined;
}

const taskTimeoutMs = 5000;
/** Core gives a task with open local activities back after this part of its timeout. */
const heartbeatMs = 0.8 * taskTimeoutMs;

/** One run on the modelled server, and its code on the modelled worker. */
export class ModelledRun {
  status: RunStatus = 'running';
  closedAt: number | undefined;
  outcome: RunOutcome | undefined;
  readonly records: TaskRecord[] = [];
  readonly signals: { name: string; at: number; content: unknown }[] = [];
  readonly updates = new Updates();
  parent: { run: ModelledRun; seq: number } | undefined;
  /** When its workflow tasks were lost with their worker. */
  readonly lostAt: number[] = [];

  /** Events in the history. The first is the start. */
  #events = 1;
  #news: News[] = [];
  #code: CodeRun | undefined;
  #task: OpenTask | undefined;
  #isTaskDue = false;
  #lostTasks = 0;
  readonly #locals = new Map<number, LocalCall>();
  readonly #pending: Pending;

  constructor(
    readonly identity: RunIdentity,
    readonly args: unknown[],
    private readonly server: ModelledServer,
  ) {
    this.#pending = new Pending(identity, server, (news) => this.#add(news));
  }

  get isOpen(): boolean {
    return this.status === 'running';
  }

  get historyLength(): number {
    return this.#events;
  }

  /** Calls and timers that it waits for. */
  get waitsFor(): { calls: number; timers: number } {
    return this.#pending.counts;
  }

  begin(): void {
    const { runId, workflowId, type } = this.identity;
    const start = {
      workflowId,
      workflowType: type,
      arguments: this.args.map((v): SimulatedPayload => ({ v })),
      memo: undefined,
      searchAttributes: undefined,
      headers: {},
      firstExecutionRunId: runId,
    };
    this.#add({ job: { variant: 'initializeWorkflow', initializeWorkflow: start }, events: 0 });
  }

  signal(name: string, content: unknown): void {
    this.signals.push({ name, at: this.server.timeline.now, content });
    const job = {
      variant: 'signalWorkflow',
      signalWorkflow: { signalName: name, input: [{ v: content }], headers: {} },
    };
    this.#add({ job, events: 1 });
  }

  update(request: { id: string; name: string; input: unknown }, answered: (answer: UpdateAnswer) => void): void {
    const isNew = this.updates.take({ ...request, at: this.server.timeline.now }, this.isOpen, answered);
    if (isNew) this.#need();
  }

  /** A Cancel from the Web UI. */
  cancel(): void {
    if (this.isOpen) this.#add({ job: { variant: 'cancelWorkflow', cancelWorkflow: { reason: '' } }, events: 1 });
  }

  terminate(): void {
    if (!this.isOpen) return;
    this.#loseCode();
    this.#close({ status: 'terminated' });
  }

  /** The answer of a query; undefined if it fails. */
  query(name: string): unknown {
    try {
      const code = this.#code ?? replayed(this.server.code, this.identity, this.records).run;
      return code.query(name, this.server.timeline.now, this.records.at(-1)?.historyLength ?? 3);
    } catch (error) {
      this.server.fate.bug(this, error);
      return undefined;
    }
  }

  childClosed(seq: number, { status, result, failure }: RunOutcome, child: ModelledRun): void {
    if (!this.isOpen) return;
    const childWorkflowExecutionFailureInfo = { workflowExecution: { workflowId: child.identity.workflowId } };
    const answer =
      status === 'completed'
        ? { completed: { result: { v: result } } }
        : { failed: { failure: { message: 'Child failed', cause: failure, childWorkflowExecutionFailureInfo } } };
    const job = { variant: 'resolveChildWorkflowExecution', resolveChildWorkflowExecution: { seq, result: answer } };
    this.#add({ job, events: 1 });
  }

  /** The worker has died, or has been told to forget what it has in memory. */
  forget(): void {
    if (this.#task) this.#loseTask();
    else this.#loseCode();
  }

  // --- workflow tasks ---

  #add(news: News): void {
    if (!this.isOpen) return;
    this.#news.push(news);
    if (!this.#task) this.#events += news.events;
    this.#need();
  }

  #need(delayMs = this.server.fate.taskDelayMs(this)): void {
    if (this.#task || this.#isTaskDue || !this.isOpen) return;
    this.#isTaskDue = true;
    this.server.timeline.in(delayMs, () => {
      this.#isTaskDue = false;
      this.#begin();
    });
  }

  /** @param isForced the task before goes on: it was given back with calls still open. */
  #begin(isForced = false): void {
    if (!this.isOpen || this.#task) return;
    const news = this.#news.splice(0);
    const { admitted } = this.updates;
    const isSpeculative = news.length === 0 && this.#lostTasks === 0 && !isForced;
    if (isSpeculative && admitted.length === 0) return;
    if (!isSpeculative && this.#lostTasks < 2) this.#events += 2;
    const { now } = this.server.timeline;
    const jobs = inOrder([
      ...news.map(({ job }) => job),
      ...admitted.map(({ id, name, input }) => ({
        variant: 'doUpdate',
        doUpdate: { id, protocolInstanceId: id, name, input: [{ v: input }], headers: {}, runValidator: true },
      })),
    ]);
    this.#task = {
      now,
      historyLength: this.#events + (isSpeculative ? 2 : 0),
      news,
      jobs,
      answers: [],
      commands: [],
      isSpeculative,
      heartbeat: undefined,
    };
    if (!this.#code && !this.#rebuild()) return;
    this.#step(jobs);
  }

  #rebuild(): boolean {
    try {
      const { run, openCalls } = replayed(this.server.code, this.identity, this.records);
      this.#code = run;
      // They were under way when the worker died, so they are made again, under the same keys.
      for (const call of openCalls.values()) this.#startLocal(new LocalCall(call, this.identity, this.server));
      return true;
    } catch (error) {
      this.#task = undefined;
      this.server.fate.bug(this, error);
      return false;
    }
  }

  #step(jobs: Job[]): void {
    const task = this.#task!;
    for (let next = jobs; next.length > 0;) {
      let commands: RawCommand[];
      try {
        const { now, historyLength } = task;
        commands = this.#code!.activate({ jobs: next, now, historyLength, isReplaying: false });
      } catch (error) {
        this.#loseCode();
        this.#task = undefined;
        this.server.fate.bug(this, error);
        return;
      }
      task.commands.push(...commands);
      for (const { scheduleLocalActivity: local } of commands) {
        if (local) this.#startLocal(new LocalCall(local, this.identity, this.server));
      }
      next = callsCutUnsent(commands);
    }
    if (this.server.fate.taskDies(this)) this.#loseTask();
    else if (this.#locals.size === 0 || task.commands.some(isClose)) this.#complete(task);
    else this.#watch(task);
  }

  #startLocal(call: LocalCall): void {
    this.#locals.set(call.seq, call);
    call.start((job) => {
      if (this.#locals.get(call.seq) !== call) return;
      this.#locals.delete(call.seq);
      if (!this.#task) return;
      this.#task.answers.push(job);
      this.#step([job]);
    });
  }

  /** A task with open local activities is given back before it times out, and goes on as another one. */
  #watch(task: OpenTask): void {
    task.heartbeat ??= this.server.timeline.at(task.now + heartbeatMs, () => {
      if (this.#task !== task) return;
      this.#complete(task);
      this.#begin(true);
      const next = this.#task as OpenTask | undefined;
      if (next && this.#locals.size > 0) this.#watch(next);
    });
  }

  #complete(task: OpenTask): void {
    task.heartbeat = undefined;
    // The server refuses to close a run that has not seen all of its history, and has the task done again.
    if (task.commands.some(isClose) && this.#news.length > 0) {
      this.#loseTask(0);
      return;
    }
    this.#task = undefined;
    const refused = this.updates.judgedBy(task.commands);
    const kept = task.commands.filter(({ updateResponse: r }) => !r || !refused.has(r.protocolInstanceId as string));
    if (!task.isSpeculative || kept.length > 0 || task.answers.length > 0 || this.#locals.size > 0) {
      if (task.isSpeculative) this.#events += 2;
      this.#lostTasks = 0;
      this.#record(task, kept, refused);
    }
    this.updates.refuse(refused);
    this.#apply(kept);
    if (!this.isOpen) return;
    if (this.server.fate.forgets(this)) this.#loseCode();
    if (this.#news.length > 0 || this.updates.admitted.length > 0) this.#need();
  }

  #record(task: OpenTask, kept: RawCommand[], refused: RefusedUpdates): void {
    this.#events += 1 + task.answers.length + eventsOf(kept) + this.#news.reduce((sum, { events }) => sum + events, 0);
    const jobs = task.jobs.flatMap((job): Job[] => {
      if (job.variant !== 'doUpdate') return [job];
      const doUpdate = job.doUpdate as { id: string };
      return refused.has(doUpdate.id) ? [] : [{ ...job, doUpdate: { ...doUpdate, runValidator: false } }];
    });
    const { now, historyLength, answers } = task;
    this.records.push({
      now,
      historyLength,
      jobs: inOrder([...patchesIn(kept), ...jobs]),
      answers,
      commands: summariesOf(kept),
    });
  }

  /** Everything since the last recorded task is forgotten. What the lost calls have done at the services is done. */
  #loseTask(afterMs?: number): void {
    const task = this.#task!;
    this.lostAt.push(this.server.timeline.now);
    this.#task = undefined;
    this.#loseCode();
    this.#news = [...task.news, ...this.#news];
    if (!task.isSpeculative && this.#lostTasks === 0) this.#events += 1;
    if (!task.isSpeculative) this.#lostTasks += 1;
    const waitMs = afterMs ?? Math.max(0, task.now + taskTimeoutMs - this.server.timeline.now);
    this.#need(waitMs);
  }

  #loseCode(): void {
    this.#code = undefined;
    this.#locals.clear();
  }

  // --- commands ---

  #apply(commands: readonly RawCommand[]): void {
    for (const command of commands) {
      if (!this.isOpen) return;
      if (this.#pending.apply(command, commands)) continue;
      if (command.updateResponse) this.updates.answer(command.updateResponse);
      else this.#applyOther(command);
    }
  }

  #applyOther(command: RawCommand): void {
    const { startChildWorkflowExecution: child, signalExternalWorkflowExecution: signal } = command;
    if (child) this.#startChild(child);
    else if (signal) this.#signalOther(signal);
    else if (command.completeWorkflowExecution) {
      const { result } = command.completeWorkflowExecution as { result?: SimulatedPayload };
      this.#close({ status: 'completed', result: result?.v });
    } else if (command.failWorkflowExecution) {
      const { failure } = command.failWorkflowExecution as unknown as { failure: Record<string, unknown> };
      this.#close({ status: 'failed', failure });
    } else if (command.cancelWorkflowExecution) this.#close({ status: 'cancelled' });
    else if (command.continueAsNewWorkflowExecution) {
      const { arguments: args } = command.continueAsNewWorkflowExecution as unknown as {
        arguments: SimulatedPayload[];
      };
      const { type, workflowId, memo, runId } = this.identity;
      this.#close({ status: 'continued_as_new' });
      this.server.start({ type, workflowId, memo, args: args.map(({ v }) => v), continues: runId });
    }
  }

  #startChild(child: RawPart): void {
    const { seq, workflowId, workflowType, input } = child as unknown as {
      seq: number;
      workflowId: string;
      workflowType: string;
      input: SimulatedPayload[];
    };
    const run = this.server.start({ type: workflowType, workflowId, args: input.map(({ v }) => v) });
    if (run) run.parent = { run: this, seq };
    const answer = run
      ? { succeeded: { runId: run.identity.runId } }
      : { failed: { workflowId, workflowType, cause: 1 } };
    const job = {
      variant: 'resolveChildWorkflowExecutionStart',
      resolveChildWorkflowExecutionStart: { seq, ...answer },
    };
    this.#add({ job, events: 1 });
  }

  #signalOther(signal: RawPart): void {
    const { seq, signalName, args, workflowExecution } = signal as unknown as {
      seq: number;
      signalName: string;
      args: SimulatedPayload[];
      workflowExecution: { workflowId: string };
    };
    const isTaken = this.server.signal(workflowExecution.workflowId, signalName, args[0]?.v);
    const failure = isTaken ? undefined : { message: 'Unable to signal external workflow: it was not found' };
    const job = { variant: 'resolveSignalExternalWorkflow', resolveSignalExternalWorkflow: { seq, failure } };
    this.#add({ job, events: 1 });
  }

  #close(outcome: RunOutcome): void {
    this.status = outcome.status;
    this.outcome = outcome;
    this.closedAt = this.server.timeline.now;
    this.#task = undefined;
    this.#code = undefined;
    this.#locals.clear();
    this.#pending.drop();
    this.updates.close();
    this.server.closed(this, outcome);
  }
}
