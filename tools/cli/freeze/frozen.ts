import type { AnyStep, Process } from '../../../workflows/engine/definition.js';
import type { MessageType } from '../../../workflows/engine/message.js';
import { callsOfUndo, firstWaitOf, type Example, type FrozenWait } from './first-wait.js';

/** A definition as data. It has what a replay depends on, and nothing that is only shown, such as the expected times. */
export interface FrozenProcess {
  process: string;
  version: number;
  /** The commands that a run knows. */
  commands: string[];
  /** In the order of the definition: steps that could begin at the same time begin in it. */
  steps: FrozenStep[];
  /** Steps that run after an early end. */
  afterEnd: FrozenStep[];
}

/** A field that is `true` stands for a function or a setting that the step has. */
export interface FrozenStep {
  id: string;
  after: string[];
  /** The fan-out that runs the step once for each item. */
  group?: string;
  when?: true;
  waits?: FrozenWait;
  while?: string;
  whileBusy?: true;
  takes?: string[];
  takesBefore?: string[];
  takesAfter?: string[];
  /** The calls that take it back. */
  undo?: string[];
  decided?: true;
  pivot?: true;
  skippable?: true;
  optional?: true;
  queued?: true;
}

/** What freezing a process needs. */
export interface Freezable {
  versions: readonly Process<never>[];
  commands: Readonly<Record<string, MessageType>>;
  /** A new one each time: bodies change their facts. */
  example: () => Example;
  /** The file of the definition, and the name of its list of versions, for the advice. */
  file: string;
  list: string;
}

/** A version of a process as data. */
export async function frozen(
  process: Process<never>,
  { commands, example }: Pick<Freezable, 'commands' | 'example'>,
): Promise<FrozenProcess> {
  const { name, version, steps, afterEnd } = process;
  const all = async (list: readonly AnyStep[], group?: string) => {
    const each: FrozenStep[] = [];
    for (const step of list) {
      each.push(await frozenStep(step, group, example), ...(await all(step.fanOut?.branch ?? [], step.id)));
    }
    return each;
  };
  return {
    process: name,
    version,
    commands: Object.values(commands).map((type) => type.name),
    steps: await all(steps as readonly AnyStep[]),
    afterEnd: await all(afterEnd as readonly AnyStep[]),
  };
}

async function frozenStep(step: AnyStep, group: string | undefined, example: () => Example): Promise<FrozenStep> {
  const messages = (name: 'takes' | 'takesBefore' | 'takesAfter') =>
    step[name] && { [name]: step[name].map((type) => type.name) };
  const flag = (name: 'when' | 'whileBusy' | 'decided' | 'pivot' | 'skippable' | 'optional' | 'queued') =>
    step[name] && { [name]: true as const };
  return {
    id: step.id,
    after: [...step.dependsOn],
    ...(group !== undefined && { group }),
    ...flag('when'),
    ...(step.waits && { waits: await firstWaitOf(step, example()) }),
    ...(step.while !== undefined && { while: step.while as string }),
    ...flag('whileBusy'),
    ...messages('takes'),
    ...messages('takesBefore'),
    ...messages('takesAfter'),
    ...(step.undo && { undo: await callsOfUndo(step.undo, example()) }),
    ...flag('decided'),
    ...flag('pivot'),
    ...flag('skippable'),
    ...flag('optional'),
    ...flag('queued'),
  };
}
