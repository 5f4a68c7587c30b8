import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { defined } from '../../contracts/defined.js';

/** Describes how to run one program and how to tell that it is ready. */
export interface Program {
  command: string;
  args: string[];
  /** The whole environment of the program. Nothing is added to it. */
  env: NodeJS.ProcessEnv;
  cwd?: string;
  uid?: number;
  gid?: number;
  /** Opens a channel on which Node programs of this project send `ready`. */
  ipc?: boolean;
  /** Resolves when the program is ready. It may never resolve; the signal aborts when the program has ended. */
  ready: (running: Child, cut: AbortSignal) => Promise<void>;
  stopSignal: NodeJS.Signals;
  /** The time between the stop signal and SIGKILL, in milliseconds. */
  graceMs: number;
}

/** How a child ended. One of the two is set. */
export interface ChildEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface Child {
  readonly pid: number;
  /** Resolves when the program is ready. Rejects with {@link StartError} when it ends before that. */
  readonly ready: Promise<void>;
  /** Resolves when the child has ended and its output has been read. Never rejects. */
  readonly ended: Promise<ChildEnd>;
  onLine: (listener: (line: string) => void) => void;
  onMessage: (listener: (message: unknown) => void) => void;
  kill: (signal: NodeJS.Signals) => void;
  /** Sends the program's stop signal, then SIGKILL after its grace time. Resolves when the program has ended. */
  stop: () => Promise<ChildEnd>;
}

/** A program could not be started, or did not become ready. If it ended early, the message has the last lines of its output. */
export class StartError extends Error {
  override name = 'StartError';
}

const tailLength = 15;

/**
 * Starts a program in its own session, so that a Ctrl-C at the terminal reaches only the supervisor, which then stops its parts in
 * order. It uses Node's spawn for full control of the session, the stop signal and the grace time.
 *
 * @param started is called as soon as the child exists, before any other code can run.
 * @throws {StartError} when the program cannot be executed.
 */
export async function launch(
  name: string,
  program: Program,
  started: (pid: number) => void = () => undefined,
): Promise<Child> {
  const child = spawn(program.command, program.args, {
    env: program.env,
    ...defined({ cwd: program.cwd, uid: program.uid, gid: program.gid }),
    stdio: program.ipc ? ['ignore', 'pipe', 'pipe', 'ipc'] : ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  if (child.pid !== undefined) started(child.pid);
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (cause) => reject(new StartError(`${name}: cannot run ${program.command}: ${cause.message}`)));
  });
  return watch(name, program, child);
}

function watch(name: string, program: Program, child: ChildProcess): Child {
  const pid = child.pid;
  if (pid === undefined) throw new StartError(`${name}: ${program.command} has no process id`);
  const tail: string[] = [];
  const lineListeners = new Set<(line: string) => void>();
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue;
    createInterface({ input: stream, crlfDelay: Infinity }).on('line', (line) => {
      tail.push(line);
      if (tail.length > tailLength) tail.shift();
      for (const listener of lineListeners) listener(line);
    });
  }

  const over = new AbortController();
  let end: ChildEnd | undefined;
  const ended = new Promise<ChildEnd>((resolve) => {
    child.once('exit', (code, signal) => {
      end = { code, signal };
    });
    // `close` comes after the last line of output. If a grandchild holds the pipes open, `close` does not come, so `exit` decides.
    const finish = (code: number | null, signal: NodeJS.Signals | null) => {
      over.abort();
      resolve({ code, signal });
    };
    child.once('close', finish);
    child.once('exit', (code, signal) => setTimeout(() => finish(code, signal), 500).unref());
  });

  const running: Child = {
    pid,
    ended,
    ready: Promise.resolve(),
    onLine: (listener) => void lineListeners.add(listener),
    onMessage: (listener) => void child.on('message', listener),
    kill: (signal) => void child.kill(signal),
    stop: async () => {
      if (end) return ended;
      child.kill(program.stopSignal);
      const killer = setTimeout(() => child.kill('SIGKILL'), program.graceMs);
      try {
        return await ended;
      } finally {
        clearTimeout(killer);
      }
    },
  };
  const endedEarly = ended.then((how) => {
    const output = tail.length ? `\n  ${tail.join('\n  ')}` : ' (no output)';
    throw new StartError(`${name} ended with ${describeEnd(how)} before it was ready:${output}`);
  });
  const ready = Promise.race([program.ready(running, over.signal), endedEarly]);
  // A caller that awaits these sees the rejection. Without a caller it must not count as unhandled.
  endedEarly.catch(() => undefined);
  ready.catch(() => undefined);
  return Object.assign(running, { ready });
}

/** @returns a text like `exit status 1` or `signal SIGKILL`. */
export function describeEnd(how: ChildEnd): string {
  return how.signal ? `signal ${how.signal}` : `exit status ${how.code}`;
}
