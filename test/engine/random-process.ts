import fc from 'fast-check';
import { EndProcess } from '../../workflows/engine/body-end.js';
import { defineProcess, steps } from '../../workflows/engine/definition.js';
import { service } from '../../workflows/engine/call.js';
import type { AnyStep, Process } from '../../workflows/engine/definition.js';
import type { StepContext } from '../../workflows/engine/step-context.js';
import { go, out } from './toy-run.js';
import type { ToyStep } from './toy-run.js';
import type { Attempt } from './toy-world.js';

/** Random processes whose steps do what their specification says. */

export interface StepSpec {
  id: string;
  after: string[];
  body: 'nothing' | 'one call' | 'two calls' | 'two at once' | 'wait' | 'wait and call';
  /** The value that `when` returns. */
  runs: boolean;
  optional: boolean;
  undo: boolean;
  pivot: boolean;
  /** Its undo ends when a message says that the undo comes too late. */
  hears: boolean;
  /** Throws EndProcess at the end of its body. */
  ends: boolean;
  deadlineMs?: number | undefined;
  doing: Attempt[];
  undoing: Attempt[];
  /** It defines what an operator's decision does to it. */
  decided: boolean;
  skippable: boolean;
}
interface FanSpec {
  id: string;
  after: string[];
  items: string[];
  branch: StepSpec[];
}
export type ProcessSpec = (StepSpec | FanSpec)[];

/** The features that a generated process may have. */
export interface Having {
  faults?: boolean;
  refusals?: boolean;
  pivots?: boolean;
  /** Undos that answer `gone`: they come too late. */
  gone?: boolean;
  waits?: boolean;
  deadlines?: boolean;
  ends?: boolean;
  operator?: boolean;
  /** Calls that are never answered, and messages that never come. */
  hopeless?: boolean;
  /** Steps that another run has undone. */
  resets?: boolean;
  /** Messages that overtake an undo. */
  news?: boolean;
}

const rarely = (may: boolean | undefined) => (may ? fc.nat(7).map((n) => n === 0) : fc.constant(false));
const often = (may: boolean | undefined) => (may ? fc.nat(2).map((n) => n === 0) : fc.constant(false));

function attempts(having: Having, bad: Attempt[], hopeless = having.hopeless): fc.Arbitrary<Attempt[]> {
  const kinds: Attempt[] = [
    'answer',
    ...(having.faults ? (['fault', 'fault', 'spent', 'unexpected'] as const) : []),
    ...(hopeless ? (['never'] as const) : []),
    ...bad,
  ];
  const some = fc.array(fc.constantFrom(...kinds), { minLength: 1, maxLength: 4 });
  return kinds.length === 1
    ? fc.constant<Attempt[]>([])
    : fc.oneof({ weight: 2, arbitrary: fc.constant<Attempt[]>([]) }, { weight: 1, arbitrary: some });
}

const bodies = ['one call', 'nothing', 'two calls', 'two at once'] as const;

const rawStep = (having: Having) =>
  fc.record({
    links: fc.nat(255),
    body: fc.constantFrom<StepSpec['body']>(...bodies, ...(having.waits ? (['wait', 'wait and call'] as const) : [])),
    runs: fc.nat(5).map((n) => n !== 0),
    optional: fc.nat(3).map((n) => n === 0),
    undo: fc.nat(3).map((n) => n !== 0),
    // An undo that comes too late needs a pivot beside it.
    pivot: having.gone ? often(having.pivots) : rarely(having.pivots),
    ends: rarely(having.ends),
    deadlineMs: having.deadlines ? fc.option(fc.nat(20), { nil: undefined }) : fc.constant(undefined),
    doing: attempts(having, [
      ...(having.refusals ? (['rejected'] as const) : []),
      ...(having.resets ? (['undone'] as const) : []),
    ]),
    undoing: attempts(having, having.operator && having.faults ? ['rejected'] : [], false),
    hears: fc.constant(having.news === true),
    decided: fc.boolean(),
    skippable: fc.nat(3).map((n) => n !== 0),
  });

type RawStep = ReturnType<typeof rawStep> extends fc.Arbitrary<infer R> ? R : never;

/** Adds ids, and dependencies on earlier steps only. Only a step without dependents is optional. */
function linked(prefix: string, raw: readonly RawStep[]): StepSpec[] {
  const specs = raw.map(({ links, ...rest }, i) => ({
    ...rest,
    undo: rest.undo && !rest.pivot,
    id: `${prefix}${i}`,
    after: raw.flatMap((_, j) => (j < i && links & (1 << j) ? [`${prefix}${j}`] : [])),
  }));
  return specs.map((s) => ({ ...s, optional: s.optional && !specs.some((t) => t.after.includes(s.id)) }));
}

export function processSpec(having: Having): fc.Arbitrary<ProcessSpec> {
  const fan = fc.record({
    at: fc.nat(5),
    items: fc.nat(3),
    branch: fc.array(rawStep(having), { minLength: 1, maxLength: 3 }),
    gone: fc.array(
      often(true).map((not) => !not),
      { minLength: 3, maxLength: 3 },
    ),
  });
  return fc
    .record({
      raw: fc.array(rawStep({ ...having, pivots: false }), { minLength: 1, maxLength: 6 }),
      processPivot: rarely(having.pivots),
      fans: fc.array(fan, { maxLength: 2 }),
    })
    .map(({ raw, processPivot, fans }) => {
      // Only a step of a branch can have a message that reports it as out.
      const specs: ProcessSpec = linked(
        's',
        raw.map((s) => ({ ...s, hears: false })),
      );
      if (processPivot) Object.assign(specs.at(-1)!, { pivot: true, undo: false });
      fans.forEach(({ at, items, branch, gone }, i) => {
        const id = `f${i}`;
        const members = linked(`${id}b`, branch);
        if (having.gone && having.pivots && members.some((m) => m.pivot)) {
          members.forEach((m, j) => gone[j] && m.undo && (m.undoing = [...m.undoing, 'gone']));
        } else members.forEach((m) => (m.hears = false));
        // The fan-out replaces a step: the dependents of that step depend on the fan-out.
        const place = specs.findIndex((s) => s.id === `s${at}`);
        const instead = place < 0 ? undefined : (specs[place] as StepSpec);
        const fanSpec: FanSpec = {
          id: instead?.id ?? id,
          after: instead?.after ?? [],
          items: Array.from({ length: items }, (_, n) => `i${n}`),
          branch: members,
        };
        if (place < 0) specs.push(fanSpec);
        else specs[place] = fanSpec;
      });
      return specs;
    });
}

interface Toy {
  do: (input: { key: string }) => Promise<Attempt>;
  undo: (input: { key: string }) => Promise<Attempt>;
}
const toy = service<Toy>('toy');
const { step, fanOut } = steps<undefined, string | undefined>();

/** Callbacks that the bodies of the steps call as they run. */
export interface BodyEvents {
  began: (id: string) => void;
  undoBegan: (id: string, onlyThisBranch: boolean) => void;
  undone: (id: string, onlyThisBranch: boolean, gone: boolean) => void;
}

/** Builds the process that a specification describes. */
export function builtFrom(spec: ProcessSpec, events: BodyEvents): Process<undefined> {
  const built = new Map<string, AnyStep>();
  const dependencies = (after: string[]) => after.map((id) => built.get(id)!);
  const runtimeId = (id: string, item: string | undefined) => (item === undefined ? id : `${id}:${item}`);

  const stepFrom = (s: StepSpec): AnyStep =>
    step(s.id, {
      expectedMs: 1,
      after: dependencies(s.after),
      optional: s.optional,
      skippable: s.skippable,
      pivot: s.pivot,
      when: () => s.runs,
      run: async (context) => {
        events.began(runtimeId(s.id, context.item));
        await doAsSaid(s, context, runtimeId(s.id, context.item));
        if (s.ends) throw new EndProcess('terminated', `${s.id} ends it.`);
        return s.id;
      },
      ...(s.decided || s.pivot ? { decided: () => s.id } : {}),
      ...(s.undo
        ? {
            undo: async ({ callUnless, mailbox, item, onlyThisBranch }) => {
              const id = runtimeId(s.id, item);
              events.undoBegan(id, onlyThisBranch);
              const isOut = () => s.hears && mailbox.peek(out, id) !== undefined;
              const gone = (await callUnless(isOut, toy.undo({}))) === 'gone' || isOut();
              events.undone(id, onlyThisBranch, gone);
              return gone ? 'gone' : undefined;
            },
          }
        : {}),
    });

  for (const s of spec) {
    if (!('branch' in s)) built.set(s.id, stepFrom(s));
    else {
      const branch = s.branch.map((b) => {
        built.set(b.id, stepFrom(b));
        return built.get(b.id)!;
      });
      const over = () => s.items.map((item) => ({ id: item, item }));
      built.set(s.id, fanOut(s.id, { after: dependencies(s.after), over, branch }));
    }
  }
  const definition = spec.map((s) => built.get(s.id)!);
  return defineProcess('random', 1, definition as readonly ToyStep[]);
}

async function doAsSaid(
  { body, deadlineMs }: StepSpec,
  {
    call,
    waitUntil,
    deadline,
    mailbox,
  }: Pick<StepContext<undefined, unknown, unknown>, 'call' | 'waitUntil' | 'deadline' | 'mailbox'>,
  id: string,
): Promise<void> {
  if (body.startsWith('wait')) {
    const due = deadlineMs === undefined ? undefined : deadline(deadlineMs, id);
    await waitUntil(() => mailbox.peek(go, id), due && { due, late: 'review_deadline' });
  }
  if (body === 'two at once') await Promise.all([call(toy.do({}, 'a')), call(toy.do({}, 'b'))]);
  else if (body !== 'nothing' && body !== 'wait') await call(toy.do({}));
  if (body === 'two calls') await call(toy.do({}, 'second'));
}

export function waits(spec: StepSpec): boolean {
  return spec.body.startsWith('wait');
}
