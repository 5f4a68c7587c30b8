import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { defined } from '../../contracts/defined.js';

/** How to run one program: everything that `launch` needs, and how to tell that it serves. */
export interface Program {
  command: string;
  args: string[];
  /** The whole environment of the process; nothing is added to it. */
  env: NodeJS.ProcessEnv;
  cwd?: string;
  uid?: number;
  gid?: number;
  /** Node programs of this project get a channel on which they say `ready`. */
  ipc?: boolean;
  /** Resolves once the program serves. May wait for ever: the program's end cuts it. */
  ready: (running: Child, cut: AbortSignal) => Promise<void>;
  stopSignal: NodeJS.Signals;
  /** From the stop signal to SIGKILL, in milliseconds. */
  graceMs: number;
}

/** How a process ended: one of the two is set. */
export interface ChildEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface Child {
  readonly pid: number;
  /** Resolves when the program serves; rejects with {@link StartError} when it ended before that. */
  readonly ready: Promise<void>;
  /** Resolves when the process has ended and its output is read to the end. Never rejects. */
  readonly ended: Promise<ChildEnd>;
  onLine: (listener: (line: string) => void) => void;
  onMessage: (listener: (message: unknown) => void) => void;
  kill: (signal: NodeJS.Signals) => void;
  /** Sends the program's stop signal, then SIGKILL after its grace time; resolves when it has ended. */
  stop: () => Promise<ChildEnd>;
}

/** A program that ended, or could not be started, before it served. The message carries the end of its output. */
export class StartError extends Error {
  override name = 'StartError';
}

const tailLength = 15;

/**
 * Starts a program in a session of its own. So a Ctrl-C at the terminal reaches only the supervisor, which then stops its parts in order.
 * Uses Node's spawn: the session, the stop signal and the grace time are the point here.
 *
 * @param started is called in the same moment in which the process begins, before anything else can happen.
 * @throws {StartError} when the program cannot be executed at all.
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
    // `close` comes after the last line of output, but never while a grandchild holds the pipes: then `exit` decides.
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
  // Whoever waits sees the rejection; that nobody does is not an unhandled one.
  endedEarly.catch(() => undefined);
  ready.catch(() => undefined);
  return Object.assign(running, { ready });
}

/** @returns for example `exit status 1` or `signal SIGKILL`. */
export function describeEnd(how: ChildEnd): string {
  return how.signal ? `signal ${how.signal}` : `exit status ${how.code}`;
}
