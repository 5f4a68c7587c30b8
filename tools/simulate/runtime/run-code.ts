import { clock } from './load.js';
import type { LoadedCode } from './load.js';
import { copy } from './copy.js';
import { drain } from './turn-promise.js';

/** A value on its way between a run and the server. The real one is JSON in bytes. */
export interface SimulatedPayload {
  v: unknown;
}

/** A failure in the form in which the SDK's converter writes it. */
type RawFailure = Record<string, unknown>;

/** A job of an activation: the variant, and its content under that name. */
export interface Job {
  variant: string;
  [content: string]: unknown;
}

/** A command of the code, as the SDK gives it to its native part. */
export type RawCommand = Partial<Record<CommandName, RawPart>>;

/** The content of a command. */
export type RawPart = { seq?: number } & Record<string, unknown>;

type CommandName =
  | 'scheduleLocalActivity'
  | 'scheduleActivity'
  | 'requestCancelActivity'
  | 'startTimer'
  | 'cancelTimer'
  | 'updateResponse'
  | 'startChildWorkflowExecution'
  | 'signalExternalWorkflowExecution'
  | 'completeWorkflowExecution'
  | 'failWorkflowExecution'
  | 'cancelWorkflowExecution'
  | 'continueAsNewWorkflowExecution'
  | 'setPatchMarker'
  | 'respondToQuery';

export interface Activation {
  jobs: Job[];
  /** When its workflow task was started. */
  now: number;
  historyLength: number;
  isReplaying: boolean;
  /** In a replay: the activities whose answers the history has. */
  answered?: ReadonlySet<number>;
}

export interface RunIdentity {
  workflowId: string;
  runId: string;
  type: string;
  memo: Record<string, unknown>;
  startedAt: number;
  continuedFromRunId?: string | undefined;
}

interface Activator {
  info: Record<string, unknown>;
  now: number;
  payloadConverter: unknown;
  failureConverter: { errorToFailure: (error: unknown, converter: unknown) => RawFailure };
  workflow: unknown;
  completed: boolean;
  workflowTaskError: unknown;
  sinkCalls: unknown[];
  nextSeqs: { activity: number };
  addKnownFlags: (flags: number[]) => void;
  initializeWorkflow: (job: unknown) => void;
  notifyHasPatch: (job: unknown) => void;
}

interface Engine {
  Activator: new (options: Record<string, unknown>) => Activator;
}

interface Interface {
  activate: (activation: { jobs: Job[] }) => void;
  tryUnblockConditions: () => number;
  concludeActivation: () => { successful: { commands: RawCommand[] } };
}

export const payloadConverter = {
  toPayload: (value: unknown): SimulatedPayload => (isUnread() ? unread : { v: copy(value) }),
  fromPayload: (payload: SimulatedPayload): unknown => copy(payload.v),
};

/** The replay that is being done, with the numbers of the activities whose answers its history has. */
let replay: { activator: Activator; answered: ReadonlySet<number> } | undefined;
const unread: SimulatedPayload = { v: undefined };

/**
 * Whether a value that the code gives away goes nowhere: in a replay, only the calls that are still open are made, and need their inputs. The SDK
 * converts an input right after it has numbered the call.
 */
function isUnread(): boolean {
  return replay !== undefined && replay.answered.has(replay.activator.nextSeqs.activity - 1);
}

const anyActivity = { has: () => true };
const noTime = () => 0n;
const seed = [1, 2, 3, 4];
const taskQueue = 'orders';

/** The product's workflow code on the SDK's own runtime, which this file drives in the place of the SDK's native part. */
export class WorkflowCode {
  readonly #engine: Engine;
  readonly #interface: Interface;
  readonly #workflows: Record<string, unknown>;

  /** @param converter of values on their way; null: that of the SDK. */
  constructor(
    private readonly code: LoadedCode,
    private readonly converter: typeof payloadConverter | null = payloadConverter,
  ) {
    this.#engine = code.entry<Engine>('engine');
    this.#interface = code.entry<Interface>('interface');
    this.#workflows = code.entry<Record<string, unknown>>('workflows');
  }

  start(identity: RunIdentity): CodeRun {
    const { workflowId, runId, type, memo, startedAt } = identity;
    const activator = new this.#engine.Activator({
      info: {
        workflowId,
        runId,
        workflowType: type,
        memo,
        searchAttributes: {},
        firstExecutionRunId: runId,
        originalExecutionRunId: runId,
        taskQueue,
        namespace: 'default',
        attempt: 1,
        runStartTime: startedAt,
        startTime: startedAt,
        taskTimeoutMs: 5000,
        historyLength: 0,
        historySize: 0,
        continueAsNewSuggested: false,
        unsafe: { isReplaying: false, isReplayingHistoryEvents: false },
      },
      now: startedAt,
      showStackTraceSources: false,
      getTimeOfDay: noTime,
      randomnessSeed: seed,
      registeredActivityNames: anyActivity,
      stackTracesEnabled: false,
      failureExceptionTypeNames: [],
    });
    if (this.converter) activator.payloadConverter = this.converter;
    activator.workflow = this.#workflows[type];
    activator.addKnownFlags([1, 2]);
    return new CodeRun(this.code, this.#interface, activator, memo);
  }
}

/** One run's code in a worker's memory. It is lost with the worker, and is made again from the history. */
export class CodeRun {
  constructor(
    private readonly code: LoadedCode,
    private readonly sdk: Interface,
    private readonly activator: Activator,
    private readonly memo: Record<string, unknown>,
  ) {}

  /**
   * Calls into the code, and lets everything come to rest that this sets off.
   *
   * @throws what the code fails the workflow task with: a bug.
   */
  activate({ jobs, now, historyLength, isReplaying, answered }: Activation): RawCommand[] {
    const { activator, sdk } = this;
    replay = answered && { activator, answered };
    this.code.global.__TEMPORAL_ACTIVATOR__ = activator;
    const before = clock.now;
    clock.now = now;
    activator.now = now;
    const { info } = activator;
    info.historyLength = historyLength;
    const unsafe = info.unsafe as { isReplaying: boolean; isReplayingHistoryEvents: boolean };
    unsafe.isReplaying = isReplaying;
    unsafe.isReplayingHistoryEvents = isReplaying;
    try {
      if (jobs[0]?.variant === 'initializeWorkflow') {
        activator.initializeWorkflow(jobs[0].initializeWorkflow);
        activator.info.memo = this.memo;
      }
      for (const { notifyHasPatch: patch } of jobs) if (patch) activator.notifyHasPatch(patch);
      sdk.activate({ jobs: jobs.filter(({ notifyHasPatch: patch }) => !patch) });
      drain();
      while (sdk.tryUnblockConditions() > 0) drain();
      drain();
      const { commands } = sdk.concludeActivation().successful;
      activator.sinkCalls = [];
      return commands;
    } finally {
      clock.now = before;
      replay = undefined;
      this.code.global.__TEMPORAL_ACTIVATOR__ = undefined;
    }
  }

  /** The answer of a query. */
  query(name: string, now: number, historyLength: number): unknown {
    const job = { variant: 'queryWorkflow', queryWorkflow: { queryId: 'q', queryType: name, arguments: [] } };
    const [answer] = this.activate({ jobs: [job], now, historyLength, isReplaying: true });
    const { succeeded } = answer!.respondToQuery as { succeeded?: { response: SimulatedPayload } };
    return succeeded?.response.v;
  }
}
