import { check } from '../check/check.js';
import type { Finding } from '../check/finding.js';
import { endInvariant, reasonInvariant, withoutEnd, withoutReason } from './reasons.js';
import { compileCode } from './runtime/compile.js';
import type { CodeChange, CompiledCode } from './runtime/compile.js';
import { loadCode } from './runtime/load.js';
import type { Choice } from './world/choices.js';
import { live } from './world/life.js';
import type { LivedLife } from './world/life.js';
import { loadProduct } from './world/world.js';
import type { LoadedProduct, Mode, WorldSeed } from './world/world.js';

/** What the simulation holds itself: the checker reads data, and does not see the code. */
const codeInvariant = {
  invariant: 'the code replays its history, and fails no workflow task',
  formula: 'commands of the replay = commands in the history, for every run after every loss of a worker',
};

/** Something that did not hold in a life. */
export interface Violation {
  invariant: string;
  formula: string;
  orderId: string;
  what: string;
}

export interface FailedLife {
  seed: number;
  mode: Mode;
  violations: Violation[];
}

/** A life, and what the checker says about it. */
export type JudgedLife = LivedLife & { violations: Violation[]; findings: Finding[] };

/** The product's code, ready to be simulated. */
export class Simulator {
  readonly #product: LoadedProduct;

  constructor(code: CompiledCode) {
    this.#product = loadProduct(loadCode(code));
  }

  /** @param changes edits of the code; the checkout stays as it is. */
  static async of(changes: readonly CodeChange[] = []): Promise<Simulator> {
    return new Simulator(await compileCode(changes));
  }

  /** Lives one life, and has it judged. Some lives also check every value that goes over the network against the contracts. */
  run(seed: WorldSeed, mode: Mode): JudgedLife {
    const checksValues = 'seed' in seed && seed.seed % 64 === 0;
    const before = Error.stackTraceLimit;
    // Many failures are made on purpose, and nobody reads where.
    if ('seed' in seed && !seed.isKept) Error.stackTraceLimit = 0;
    try {
      const life = live(this.#product, { seed, mode, checksValues });
      const findings = check(life.observation, { boundMs: 24 * 3_600_000 });
      return Object.assign({ findings, violations: violationsOf(life, findings) }, life);
    } finally {
      Error.stackTraceLimit = before;
    }
  }
}

function violationsOf(life: LivedLife, findings: readonly Finding[]): Violation[] {
  return [
    ...life.trouble.map(({ orderId, message }) => ({ ...codeInvariant, orderId, what: message })),
    ...withoutReason(life).map((place) => ({ ...reasonInvariant, ...place })),
    ...withoutEnd(life).map((place) => ({ ...endInvariant, ...place })),
    ...findings.flatMap(({ invariant, formula, violations }) =>
      violations.map((place) => ({ invariant, formula, ...place })),
    ),
  ];
}

export interface SimulateOptions {
  seeds: Iterable<number>;
  mode?: Mode;
  /** Edits of the product's code, such as a seeded defect. */
  edits?: readonly CodeChange[];
  /** Stop after so many failed lives; 1 unless given. */
  mostFailures?: number;
}

export interface Simulated {
  lives: number;
  failures: (FailedLife & { life: readonly Choice[] })[];
}

/** Simulates the lives of these seeds in this program, one after the other. */
export async function simulate(options: SimulateOptions): Promise<Simulated> {
  const { seeds, mode = 'safety', edits = [], mostFailures = 1 } = options;
  const simulator = await Simulator.of(edits);
  const failures: Simulated['failures'] = [];
  let lives = 0;
  for (const seed of seeds) {
    const { orders, violations } = simulator.run({ seed }, mode);
    lives += orders;
    if (violations.length === 0) continue;
    const life = simulator.run({ seed, isKept: true }, mode).choices;
    failures.push({ seed, mode, violations, life });
    if (failures.length >= mostFailures) break;
  }
  return { lives, failures };
}
