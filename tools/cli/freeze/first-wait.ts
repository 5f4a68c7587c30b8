import type { AnyStep } from '../../../workflows/engine/definition.js';
import { Mailbox } from '../../../workflows/engine/mailbox.js';
import type { MessageType } from '../../../workflows/engine/message.js';

/** Facts that a body can run with: those of a run in which every step that waits has something to wait for. */
export interface Example {
  facts: unknown;
  /** The item of a branch. */
  item?: unknown;
  /** The deadlines of the run's input by name. Their values differ, so that a value tells the name. */
  deadlines?: Readonly<Record<string, number>>;
}

/** What a step waits for. */
export interface FrozenWait {
  /** The messages, where it waits for messages. Otherwise it waits for a condition. */
  for?: string[];
  /** Name of the deadline in the run's input. */
  deadline?: string;
  /** The failure code with which a passed deadline ends the process. */
  late?: string;
}

interface Due {
  deadline: string;
}
interface Options {
  due?: Due;
  late?: string;
}

/**
 * What a step waits for first, read by running its body until there. Waits and deadlines are calls of the body, not data of the definition.
 *
 * @throws Error if the body does not come to a wait: then the example lacks what it waits for
 */
export async function firstWaitOf(step: AnyStep, example: Example): Promise<FrozenWait> {
  const never = new Promise<never>(() => undefined);
  const seen = new Promise<FrozenWait>((resolve, reject) => {
    const waitsFor = (types: readonly MessageType[], { due, late }: Options = {}) => {
      const names = types.map(({ name }) => name);
      resolve({ ...(names.length > 0 && { for: names }), ...due, ...(late !== undefined && { late }) });
      return never;
    };
    const context = {
      ...surroundings(example),
      call: () => Promise.resolve({}),
      wait: (type: MessageType, options?: Options) => waitsFor([type], options),
      waitForAny: waitsFor,
      waitUntil: (_ready: unknown, options?: Options) => waitsFor([], options),
      deadline: (ms: number): Due => ({ deadline: nameOf(ms, example) }),
    };
    const problem = (what: string) =>
      reject(new Error(`Step ${step.id} has \`waits\`, but with the example of tools/cli/freeze/processes.ts ${what}`));
    void step
      .run(context as never)
      .then(() => problem('its body ends without a wait'))
      .catch((error: unknown) => problem(`its body throws: ${String(error)}`));
  });
  return seen;
}

/** The calls that an undo makes, in their order, where every call succeeds. */
export async function callsOfUndo(undo: NonNullable<AnyStep['undo']>, example: Example): Promise<string[]> {
  const calls: string[] = [];
  const call = ({ service, operation }: { service: string; operation: string }) => {
    calls.push(`${service}.${operation}`);
    return Promise.resolve({});
  };
  const callUnless = (_isOvertaken: unknown, each: Parameters<typeof call>[0]) => call(each);
  await undo({ ...surroundings(example), call, callUnless, onlyThisBranch: true } as never);
  return calls;
}

function surroundings({ facts, item }: Example) {
  return { facts, item, results: {}, mailbox: new Mailbox(), now: () => 0, addBranch: () => undefined };
}

function nameOf(ms: number, { deadlines = {} }: Example): string {
  for (const [name, value] of Object.entries(deadlines)) {
    if (ms === value) return name;
    for (const [part, whole] of [
      [1, 2],
      [1, 3],
      [2, 3],
      [1, 4],
      [3, 4],
    ] as const) {
      if (ms * whole === value * part) return `${part}/${whole} of ${name}`;
    }
  }
  return `${ms} ms`;
}
