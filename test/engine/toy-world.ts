import type { CallEvents, CallOutcome, CallRequest, Cut, Ports, Timer } from '../../workflows/engine/ports.js';

/**
 * The outcome of one attempt of a call. `fault` is retried. `spent` is the last fault; a call without a retry limit is then overdue and
 * retried further. `never` is a fault that repeats for ever. `unexpected` means that the call is wrong, `undone` that another run has
 * undone it, `undoneBefore` that this run has, in a lost workflow task. `gone` is an answer of an undo. Attempts that are not listed succeed.
 */
export type Attempt =
  'answer' | 'fault' | 'spent' | 'never' | 'rejected' | 'unexpected' | 'undone' | 'undoneBefore' | 'gone';

export interface ToyCall {
  step: string;
  operation: string;
  request: CallRequest;
  /** `short`: the first attempt; `trying`: a later one; `backOff`: between two. */
  phase: 'short' | 'trying' | 'backOff' | 'settled';
  cut: Cut;
  attempts: number;
  next: () => void;
}

interface ToyTimer {
  at: number;
  summary: string;
  state: 'running' | 'fired' | 'cancelled';
  fire: () => void;
}

/**
 * A plain model of services and time. Calls stay open until a test lets them go on, in any order; time stands still until a test
 * lets it pass. A call behaves as the real ports promise: a cut ends a back-off at once and waits for an attempt in flight.
 */
export class ToyWorld implements Ports {
  readonly calls: ToyCall[] = [];
  readonly timers: ToyTimer[] = [];
  #now = 0;

  constructor(private readonly script: (step: string, operation: string) => Attempt[] = () => []) {}

  /** Called before a call does anything, for a test that watches the walk. */
  onCall: (call: ToyCall) => void = () => {};
  onOutcome: (call: ToyCall, outcome: CallOutcome) => void = () => {};
  onFault: (call: ToyCall) => void = () => {};

  /** The run began before every change of the engine. */
  isOld = false;

  undoesUnseen(): boolean {
    return !this.isOld;
  }

  makes(): boolean {
    return !this.isOld;
  }

  takesBack(): boolean {
    return !this.isOld;
  }

  hasLostNothing(): boolean {
    return !this.isBegunAgain;
  }

  /** A workflow task of the run was lost. */
  isBegunAgain = false;

  readonly #left = new Map<string, Attempt[]>();

  /** Each attempt of each operation of each step takes the next line of the script. */
  #nextAttempt(step: string, operation: string): Attempt {
    const id = `${step}:${operation}`;
    const left = this.#left.get(id) ?? [...this.script(step, operation)];
    this.#left.set(id, left);
    return left[0] === 'never' ? 'never' : (left.shift() ?? 'answer');
  }

  /** Whether only an operator can end the retries of a call. */
  isHopeless({ step, operation, phase }: ToyCall): boolean {
    return phase === 'backOff' && this.#left.get(`${step}:${operation}`)?.[0] === 'never';
  }

  now(): number {
    return this.#now;
  }

  pass(ms: number): void {
    this.#now += ms;
  }

  timer(ms: number, summary: string): Timer {
    let fire!: () => void;
    const fired = new Promise<void>((resolve) => (fire = resolve));
    const timer: ToyTimer = {
      at: this.#now + ms,
      summary,
      state: 'running',
      fire: () => {
        timer.state = 'fired';
        this.#now = Math.max(this.#now, timer.at);
        fire();
      },
    };
    this.timers.push(timer);
    return { fired, cancel: () => void (timer.state === 'running' && (timer.state = 'cancelled')) };
  }

  get running(): ToyTimer[] {
    return this.timers.filter((t) => t.state === 'running');
  }

  /** Calls that can go on: their attempt can return, or their back-off can end. */
  get open(): ToyCall[] {
    return this.calls.filter((c) => c.phase !== 'settled');
  }

  call(request: CallRequest, cut: Cut, events: CallEvents): Promise<CallOutcome> {
    const step = request.activityId.slice(0, request.activityId.lastIndexOf(':'));
    const { operation } = request;
    return new Promise<CallOutcome>((resolve) => {
      const call: ToyCall = { step, operation, request, phase: 'short', cut, attempts: 0, next: () => advance() };
      const settle = (outcome: CallOutcome) => {
        call.phase = 'settled';
        this.onOutcome(call, outcome);
        resolve(outcome);
      };
      const advance = () => {
        this.#now += 1;
        if (call.phase === 'backOff') {
          call.phase = 'trying';
          return;
        }
        call.attempts += 1;
        const { attempts } = call;
        const attempt = this.#nextAttempt(step, operation);
        const codes = {
          rejected: 'toy_rejected',
          unexpected: 'service_rejected_call',
          undone: 'reset_after_undo',
          undoneBefore: 'toy_undone',
        } as Record<string, string>;
        const failure = { code: codes[attempt] ?? 'service_unavailable', message: attempt };
        if (attempt === 'answer' || attempt === 'gone') settle({ kind: 'answer', answer: attempt, attempts });
        else if (
          attempt === 'rejected' ||
          attempt === 'unexpected' ||
          attempt === 'undone' ||
          attempt === 'undoneBefore'
        ) {
          settle({ kind: attempt, failure, attempts });
        } else if (cut.requested) settle({ kind: 'cut', attempts });
        else if (attempt === 'spent' && !request.endless) settle({ kind: 'spent', failure, attempts });
        else {
          this.onFault(call);
          if (call.phase === 'short') events.slow(failure);
          call.phase = 'backOff';
          if (attempt === 'spent') events.overdue();
        }
      };
      void cut.whenRequested.then(() => {
        if (call.phase === 'backOff') settle({ kind: 'cut', attempts: call.attempts });
      });
      this.calls.push(call);
      this.onCall(call);
    });
  }

  /** The one open call of a step. */
  openCall(step: string, operation?: string): ToyCall {
    const found = this.open.filter((c) => c.step === step && (operation === undefined || c.operation === operation));
    if (found.length !== 1) throw new Error(`${found.length} open calls of ${step}: ${this.describe()}`);
    return found[0]!;
  }

  /** Runs a step's call to its end, attempt by attempt. */
  async settle(step: string, operation?: string): Promise<void> {
    const call = this.openCall(step, operation);
    while (call.phase !== 'settled') {
      call.next();
      await everythingMoved();
    }
  }

  describe(): string {
    return JSON.stringify(this.open.map((c) => `${c.request.activityId} ${c.phase}`));
  }
}

/** Waits until everything that follows from resolved promises has run. */
export const everythingMoved = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
