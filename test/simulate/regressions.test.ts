import { expect, it } from 'vitest';
import { Simulator } from '../../tools/simulate/simulate.js';
import type { Choice } from '../../tools/simulate/world/choices.js';
import { redoIsCutOff } from '../../tools/simulate/world/known-faults.js';
import type { Mode } from '../../tools/simulate/world/world.js';

/** A life that once failed. */
interface Case {
  name: string;
  mode: Mode;
  /** What goes otherwise than usual, by place, as `npm run simulate` prints it, and the number of the option. */
  choices: Record<string, number>;
}

function listOf(choices: Case['choices']): Choice[] {
  return Object.entries(choices).map(([place, option]) => ({ place, option, words: '', at: 0 }));
}

const mended: Case[] = [
  {
    name: 'a settlement whose worker dies after the refund shows what was refunded',
    mode: 'safety',
    choices: {
      'somebody#2': 12,
      'when#1': 10,
      'inventory.reserve#1': 3,
      'the parcel#1': 1,
      'the dispatch#2': 6,
      'the worker dies#26': 1,
    },
  },
];

it.for(mended)('$name', { timeout: 1_200_000 }, ({ mode, choices }) => {
  expect(Simulator.of().run({ choices: listOf(choices) }, mode).violations).toEqual([]);
});

/** Lives that show a known fault (see tools/simulate/world/known-faults.ts). When one turns red, its fault is mended: move it up. */
const open: (Case & { knownFault: string; invariant: string })[] = [
  {
    name: 'a cancel that comes while the first task is done again leaves the money of the lost task',
    mode: 'safety',
    knownFault: redoIsCutOff,
    invariant: 'shown-as-paid',
    choices: {
      'somebody#3': 1,
      'the worker dies#4': 1,
      'the worker dies#10': 1,
      'the worker dies#13': 1,
      'the worker dies#22': 1,
      'inventory.reserve#5': 3,
    },
  },
];

it.for(open)('not mended yet: $name', { timeout: 1_200_000 }, ({ mode, choices, knownFault, invariant }) => {
  const { violations } = Simulator.of([], [knownFault]).run({ choices: listOf(choices) }, mode);
  expect(violations.map((each) => each.invariant)).toContain(invariant);
});
