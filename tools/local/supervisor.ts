import { within } from '../within.js';
import { describeEnd, launch, StartError, type Program, type Child } from './program.js';

/** A part of the system: a program that the supervisor keeps running. */
export interface PartSpec<Name extends string = string> {
  name: Name;
  /** Parts that must be ready before this one starts. */
  after: readonly Name[];
  /** Parts of a higher stage are stopped before parts of a lower one. Parts of the same stage are stopped together. */
  stage: number;
  /** Called before each start, also after a crash. It clears away what the last child left behind. */
  prepare: () => Promise<Program>;
}

export type PartState = 'stopped' | 'starting' | 'up' | 'crashed';

export interface SupervisorOptions<Name extends string> {
  parts: readonly PartSpec<Name>[];
  onLine?: (part: Name, line: string) => void;
  /** Called with the supervisor's own messages about a part. */
  onNote?: (part: Name, note: string) => void;
  /** Called as soon as a child exists, before any other code can run. */
  onStarted?: (part: Name, pid: number, program: Program) => void;
  onEnded?: (part: Name, pid: number) => void;
  onState?: (part: Name, state: PartState) => void;
  /** The first pause before a crashed part is restarted, in milliseconds. It doubles with each further crash, up to 10 seconds. */
  backOffMs?: number;
  /** A part that is not ready after this many milliseconds counts as crashed. */
  readyWithinMs?: number;
}

const maxBackOffMs = 10_000;
/** After a run of this length, the back-off of a part starts again from its first pause. */
const healthyAfterMs = 30_000;
/** The number of failed attempts before a start gives up. Once a part has been ready, it is restarted without limit. */
const firstAttempts = 3;
/** The exit status of a program that cannot run with its configuration. A restart would not help. */
const cannotRun = 2;

interface Part<Name extends string> {
  spec: PartSpec<Name>;
  state: PartState;
  running?: Child;
  /** Aborts when the part must stop. */
  unwanted: AbortController;
  /** Resolves when the part has stopped and will not be restarted. */
  loop: Promise<void>;
}

/**
 * Keeps parts running. It starts them in the order of their dependencies, restarts a crashed part with growing pauses, and stops the
 * parts by stage, highest first.
 */
export class Supervisor<Name extends string> {
  private readonly parts = new Map<Name, Part<Name>>();
  private readonly options: SupervisorOptions<Name>;
  /** Aborts when a start that is under way must not continue. */
  private starting = new AbortController();

  constructor(options: SupervisorOptions<Name>) {
    this.options = options;
    for (const spec of options.parts) {
      const stopped = new AbortController();
      stopped.abort();
      this.parts.set(spec.name, { spec, state: 'stopped', unwanted: stopped, loop: Promise.resolve() });
    }
  }

  /**
   * Starts all parts and resolves when all are ready. Parts that do not depend on each other start at the same time.
   *
   * @throws {StartError} when a part could not be started. All parts are then stopped again.
   */
  async start(): Promise<void> {
    const { signal } = (this.starting = new AbortController());
    const ready = new Map<Name, Promise<void>>();
    const startOne = (name: Name): Promise<void> => {
      const known = ready.get(name);
      if (known) return known;
      const after = this.part(name).spec.after.filter((other) => this.parts.has(other));
      const promise = Promise.all(after.map(startOne)).then(() => {
        if (signal.aborted) throw new StartError(`${name} was not started: the system stops`);
        return this.startPart(name);
      });
      ready.set(name, promise);
      return promise;
    };
    try {
      await Promise.all([...this.parts.keys()].map(startOne));
    } catch (error) {
      await this.stop();
      await Promise.allSettled(ready.values());
      throw error;
    }
  }

  /** Stops all parts stage by stage, from the highest to the lowest. */
  async stop(): Promise<void> {
    this.starting.abort();
    const stages = [...new Set([...this.parts.values()].map(({ spec }) => spec.stage))].sort((a, b) => b - a);
    for (const stage of stages) {
      const together = [...this.parts.values()].filter(({ spec }) => spec.stage === stage);
      await Promise.all(together.map(({ spec }) => this.stopPart(spec.name)));
    }
  }

  /**
   * Starts a stopped part and resolves when it is ready. From then on the part is restarted whenever it ends.
   *
   * @throws {StartError} when the part fails three times before it is ready, or its exit status says that it cannot run.
   */
  async startPart(name: Name): Promise<void> {
    const part = this.part(name);
    if (!part.unwanted.signal.aborted) return;
    await part.loop;
    part.unwanted = new AbortController();
    await new Promise<void>((resolve, reject) => {
      part.loop = this.keep(part, resolve, reject);
    });
  }

  /** Stops a part and resolves when its child has ended. */
  async stopPart(name: Name): Promise<void> {
    const part = this.part(name);
    part.unwanted.abort();
    await part.running?.stop();
    await part.loop;
  }

  async restartPart(name: Name): Promise<void> {
    await this.stopPart(name);
    await this.startPart(name);
  }

  /** Sends a signal to a part's child. If the child ends, the part is restarted. */
  kill(name: Name, signal: NodeJS.Signals): void {
    const { running } = this.part(name);
    if (!running) throw new Error(`${name} does not run`);
    running.kill(signal);
  }

  get names(): readonly Name[] {
    return [...this.parts.keys()];
  }

  pid(name: Name): number | undefined {
    return this.part(name).running?.pid;
  }

  state(name: Name): PartState {
    return this.part(name).state;
  }

  private part(name: Name): Part<Name> {
    const part = this.parts.get(name);
    if (!part) throw new Error(`no part ${name}; there are ${[...this.parts.keys()].join(', ')}`);
    return part;
  }

  /** Runs one part in a loop: start it, wait for its end, pause, start it again. */
  private async keep(part: Part<Name>, ready: () => void, failed: (error: Error) => void): Promise<void> {
    const { name } = part.spec;
    const { signal: unwanted } = part.unwanted;
    let everReady = false;
    for (let failures = 0; !unwanted.aborted;) {
      const from = Date.now();
      const outcome = await this.runOnce(part, () => {
        everReady = true;
        ready();
      });
      if (unwanted.aborted) break;
      failures = Date.now() - from > healthyAfterMs ? 1 : failures + 1;
      if (!everReady && (failures >= firstAttempts || outcome.code === cannotRun)) {
        part.unwanted.abort();
        this.setState(part, 'stopped');
        failed(outcome.error);
        return;
      }
      this.setState(part, 'crashed');
      const pauseMs = Math.min((this.options.backOffMs ?? 250) * 2 ** (failures - 1), maxBackOffMs);
      this.options.onNote?.(name, `${outcome.error.message}\nstarting it again in ${pauseMs / 1000} s`);
      await pause(pauseMs, unwanted);
    }
    this.setState(part, 'stopped');
    // Rejects a startPart() that still waits. If the part was ready, that promise has already resolved.
    failed(new StartError(`${name} was stopped before it was ready`));
  }

  private async runOnce(part: Part<Name>, ready: () => void): Promise<{ error: Error; code?: number | null }> {
    const { name } = part.spec;
    const { signal: unwanted } = part.unwanted;
    this.setState(part, 'starting');
    let running: Child | undefined;
    try {
      const program = await part.spec.prepare();
      if (unwanted.aborted) return { error: new StartError('stopped') };
      running = await launch(name, program, (pid) => this.options.onStarted?.(name, pid, program));
      const { pid } = running;
      running.onLine((line) => this.options.onLine?.(name, line));
      void running.ended.then(() => this.options.onEnded?.(name, pid));
      part.running = running;
      if (unwanted.aborted) await running.stop();
      const ms = this.options.readyWithinMs ?? 120_000;
      await within(ms, running.ready, () => new StartError(`${name} is not ready after ${ms / 1000} s`));
      this.setState(part, 'up');
      ready();
      const end = await running.ended;
      return { error: new Error(`ended with ${describeEnd(end)}`), code: end.code };
    } catch (error) {
      const end = await running?.stop();
      return { error: error as Error, ...(end ? { code: end.code } : {}) };
    } finally {
      delete part.running;
    }
  }

  private setState(part: Part<Name>, state: PartState): void {
    if (part.state === state) return;
    part.state = state;
    this.options.onState?.(part.spec.name, state);
  }
}

async function pause(ms: number, cut: AbortSignal): Promise<void> {
  if (cut.aborted) return;
  await new Promise<void>((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      cut.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, ms);
    cut.addEventListener('abort', finish);
  });
}
