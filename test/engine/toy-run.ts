import { defined } from '../../contracts/defined.js';
import { defineProcess, steps } from '../../workflows/engine/definition.js';
import { service } from '../../workflows/engine/call.js';
import type { AnyStep, Step } from '../../workflows/engine/definition.js';
import { messageType } from '../../workflows/engine/message.js';
import type { MessageType } from '../../workflows/engine/message.js';
import { text } from '../../workflows/engine/shape.js';
import { ProcessRun } from '../../workflows/engine/run-process.js';
import type { RunOutcome } from '../../workflows/engine/walk.js';
import { ToyWorld, everythingMoved } from './toy-world.js';
import type { Attempt } from './toy-world.js';

interface Toy {
  do: (input: { key: string }) => Promise<string>;
  also: (input: { key: string }) => Promise<string>;
  undo: (input: { key: string }) => Promise<string>;
}

export const toy = service<Toy>('toy');
export const { step, fanOut } = steps<undefined>();
export const { step: itemStep } = steps<undefined, string>();

/** Messages that a test sends, or never sends. */
export const go = messageType('go', text);
export const out = messageType('out', text);
export const paid = messageType('paid', text);

/** A step that makes one call and undoes it with another. */
export const simple = {
  expectedMs: 1,
  run: async ({ call }: { call: (call: ReturnType<typeof toy.do>) => Promise<string> }) => call(toy.do({})),
};
export const undoable = {
  ...simple,
  undo: async ({ call }: { call: (call: ReturnType<typeof toy.do>) => Promise<string> }) => {
    await call(toy.undo({}));
  },
};

/** A step of a toy process, which has no facts. */
export type ToyStep = Step<string, unknown, undefined, undefined, string>;

/** Begins a walk. `script` lists the outcomes of the attempts of each `step:operation`; attempts that are not listed succeed. */
export async function began(
  definition: readonly AnyStep[],
  script: Record<string, Attempt[]> = {},
  options: { afterEnd?: readonly AnyStep[]; onChange?: () => void } = {},
) {
  const world = new ToyWorld((step, operation) => script[`${step}:${operation}`] ?? []);
  const afterEnd = (options.afterEnd ?? []) as readonly ToyStep[];
  const process = defineProcess('toy', 1, definition as readonly ToyStep[], { afterEnd });
  const run = new ProcessRun(process, undefined, world, { key: 'k', onChange: options.onChange ?? (() => {}) });
  const over: { outcome?: RunOutcome; bug?: unknown; left?: true } = {};
  void run
    .run()
    .then(async (outcome) => {
      over.outcome = outcome;
      await run.optionalStepsEnded();
      over.left = true;
    })
    .catch((error: unknown) => (over.bug = error));
  await everythingMoved();
  return {
    world,
    run,
    over,
    step: (id: string) => run.steps.get(id)!,
    states: () => Object.fromEntries(run.steps.all.map((s) => [s.id, s.state])),
    /** Open calls, as `step:operation`. */
    open: () => world.open.map((c) => c.request.activityId),
    keys: () => world.calls.map((c) => c.request.input.key),
    settle: (step: string, operation?: string) => world.settle(step, operation),
    async message(type: MessageType<string, string>, id = type.name, subject?: string): Promise<boolean> {
      const isNew = run.deliver(type, { id, content: id, ...defined({ subject }) });
      await everythingMoved();
      return isNew;
    },
    async stop(): Promise<void> {
      run.stop({ code: 'cancelled', message: 'from outside', step: 'outside' });
      await everythingMoved();
    },
    async resolve(step: string, action: 'retry' | 'skip' | 'abandon'): Promise<void> {
      run.resolve(step, action);
      await everythingMoved();
    },
  };
}
