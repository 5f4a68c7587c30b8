import { FailProcess } from '../../../workflows/engine/body-end.js';
import { service } from '../../../workflows/engine/call.js';
import { defineProcess, steps } from '../../../workflows/engine/definition.js';
import { messageType } from '../../../workflows/engine/message.js';
import { object, oneOf } from '../../../workflows/engine/shape.js';
import { hostProcess } from '../../../workflows/temporal/host.js';
import { standardCommands } from '../../../workflows/temporal/standard-commands.js';

export type Input = { id: string; deadlineMs: number; process: { version: number } };
type Activity = (input: { key: string; id: string }) => Promise<unknown>;
export type Budget = Record<'hold' | 'release' | 'book' | 'announce', Activity>;

const decision = messageType('decision', object({ answer: oneOf('approve', 'reject') }));
const budget = service<Budget>('budget');
const { step } = steps<Input>();

const hold = step('hold', {
  expectedMs: 50,
  run: ({ facts: { id }, call }) => call(budget.hold({ id })),
  undo: async ({ facts: { id }, call }) => void (await call(budget.release({ id }))),
});
const decide = step('decide', {
  after: [hold],
  expectedMs: 3_600_000,
  waits: true,
  takes: [decision],
  run: async ({ facts: { deadlineMs }, wait, deadline }) => {
    const due = deadline(deadlineMs, 'decide: the decision is due');
    const { answer } = await wait(decision, { due, late: 'review_deadline' });
    if (answer === 'reject') throw new FailProcess('cancelled_by_operator', 'The budget was rejected.');
  },
});
const book = step('book', {
  after: [decide],
  expectedMs: 50,
  run: ({ facts: { id }, call }) => call(budget.book({ id })),
});
const announce = step('announce', {
  after: [book],
  expectedMs: 50,
  run: ({ facts: { id }, call }) => call(budget.announce({ id })),
});
const first = defineProcess<Input>('approval', 1, [hold, decide, book]);
const second = defineProcess<Input>('approval', 2, [hold, decide, book, announce]);

/** Holds a budget until a decision or its deadline. An approval books it; everything else releases it. */
export const processApproval = hostProcess({
  versions: [first, second],
  open: (input: Input, host) => {
    const run = host.walk(input, input.id);
    const status = () => (run.isEnded ? (run.stopping?.code ?? 'approved') : 'open');
    const view = () => ({ status: status(), steps: run.steps.all.map(({ id, state }) => `${id}: ${state}`) });
    const { cancel, resolve, awaited } = standardCommands(run, { status });
    const commands = [cancel, resolve, awaited(decision)];
    const publication = (position: { seq: number }) => ({ id: input.id, seq: position.seq, ...view() });
    return { query: 'approval', view, commands, publishBy: 'budget.publish', publication };
  },
});
