import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { WorkflowBundle } from '@temporalio/worker';
import { CannotRun } from '../command.js';
import { chosenVariants, type Variant } from '../deploy/variants/index.js';
import { readHistory, type RecordedHistory } from '../replay/history.js';
import type { Trace } from '../replay/trace.js';
import { Reach, type Range } from './reach.js';
import { Replayer } from './replayer.js';

/** A history, and what the code without any edit does while it replays it. */
export interface Traced {
  history: RecordedHistory;
  trace: Trace;
}

/** A history that an edit is tried on. */
export interface Candidate {
  /** Such as `v1/completed-one-parcel`, or `v1/completed-one-parcel, heartbeat@9`. */
  name: string;
  /** Undefined where the code without any edit does not replay it: then it does not count. */
  traced: () => Promise<Traced | undefined>;
}

/** The same variants as `npm run safe-to-deploy` makes, unless it is told otherwise. */
const wanted = { seed: 'orderflow', limit: 10 };

/** The committed histories, their variants, and what the code without any edit does with them. */
export class Lives {
  readonly #chosen = new Map<string, Variant[]>();
  /** What the code does with variants; undefined where it does not replay them. */
  readonly #traces = new Map<string, Trace | undefined>();

  private constructor(
    private readonly recorded: readonly Traced[],
    private readonly reach: Reach,
    private readonly replayer: Replayer,
  ) {}

  /**
   * @param root the checkout.
   * @param bundle its workflow code, with its source map.
   * @throws {CannotRun} when a committed history does not replay: then nothing can be said about edits.
   */
  static async of(root: string, bundle: WorkflowBundle, onReplayed?: () => void): Promise<Lives> {
    const histories = await historiesOf(root);
    const reach = await Reach.watch(root, bundle.code);
    const replayer = new Replayer(bundle);
    const recorded: Traced[] = [];
    for (const history of histories) {
      const trace = await replayer.trace(history);
      await reach.note(history.name);
      onReplayed?.();
      if (trace?.error !== undefined) throw new CannotRun(`${history.name} differs without any edit: ${trace.error}`);
      if (trace) recorded.push({ history, trace });
    }
    await reach.stop();
    const place = new Map(reach.mixed().map((name, index) => [name, index]));
    recorded.sort((a, b) => place.get(a.history.name)! - place.get(b.history.name)!);
    return new Lives(recorded, reach, replayer);
  }

  /** Whether any life runs one of these places. */
  reaches(places: readonly Range[]): boolean {
    return this.recorded.some(({ history }) => this.#runs(history, places));
  }

  /**
   * The histories that can show an edit: the lives that run the edited places, and variants of them, those first that may show it soonest.
   * Lives that have the named steps alternate with lives that do not, because some edits bring a step where there was none. After two lives
   * comes a variant.
   */
  near(places: readonly Range[], names: readonly string[]): Candidate[] {
    const reached = this.recorded.filter(({ history }) => this.#runs(history, places));
    const isNamed = ({ trace }: Traced): boolean => names.some((name) => has(trace, name));
    const lives = alternated(
      reached.filter(isNamed),
      reached.filter((life) => !isNamed(life)),
    );
    const [first, others] = [lives.slice(0, atFirst), lives.slice(atFirst)];
    // A variant shows what its life has already.
    const [withStep, without] = [lives.filter(isNamed), lives.filter((life) => !isNamed(life))];
    // All variants of some lives come before one of each life: code that goes wrong in one order of answers does so in many lives.
    const variants = [
      withStep.slice(0, atFirst),
      without.slice(0, atFirst),
      withStep.slice(atFirst),
      without.slice(atFirst),
    ].flatMap((group) => this.#variantsOf(group));
    return [...first.map(asRecorded), ...alternated(pairs(others.map(asRecorded)), variants).flat()];
  }

  close(): Promise<void> {
    return this.replayer.close();
  }

  #runs({ name }: RecordedHistory, places: readonly Range[]): boolean {
    return places.some((place) => this.reach.runs(name, place));
  }

  /** One of each life before the second of any. They come in the order of their kinds, so each life begins with another kind. */
  #variantsOf(lives: readonly Traced[]): Candidate[] {
    const lists = lives.map(({ history }, index) => {
      const all = this.#chosenOf(history);
      const turned = [...all.slice(index % (all.length || 1)), ...all.slice(0, index % (all.length || 1))];
      return turned.map(({ kind, place, make }) => {
        const name = `${history.name}, ${kind}@${place}`;
        return { name, traced: () => this.#traced(name, () => make(history.name)) };
      });
    });
    return Array.from({ length: wanted.limit }, (_, round) => lists.flatMap((list) => list[round] ?? [])).flat();
  }

  #chosenOf(history: RecordedHistory): Variant[] {
    const chosen = this.#chosen.get(history.name) ?? chosenVariants(history, wanted.seed, wanted.limit);
    this.#chosen.set(history.name, chosen);
    return chosen;
  }

  /** Histories take much memory, so a variant is made anew for each edit. */
  async #traced(name: string, make: () => RecordedHistory): Promise<Traced | undefined> {
    if (this.#traces.has(name) && !this.#traces.get(name)) return undefined;
    const history = make();
    const trace = this.#traces.get(name) ?? (await this.replayer.trace(history));
    const counts = trace?.error === undefined ? trace : undefined;
    this.#traces.set(name, counts);
    return counts && { history, trace: counts };
  }
}

/** So many lives are tried before their variants are. */
const atFirst = 12;

function alternated<One, Other>(some: readonly One[], others: readonly Other[]): (One | Other)[] {
  const length = Math.max(some.length, others.length);
  return Array.from({ length }, (_, index) => [
    ...some.slice(index, index + 1),
    ...others.slice(index, index + 1),
  ]).flat();
}

function pairs<Item>(items: readonly Item[]): Item[][] {
  return items.flatMap((_, index) => (index % 2 === 0 ? [items.slice(index, index + 2)] : []));
}

const asRecorded = (life: Traced): Candidate => ({
  name: life.history.name,
  traced: () => Promise.resolve(life),
});

/** Whether the run does something that a report would call so. */
function has({ commands }: Trace, name: string): boolean {
  return commands.some(({ step, type }) => step === name || step?.startsWith(`${name} `) || type === name);
}

/** The committed histories of all versions. */
async function historiesOf(root: string): Promise<RecordedHistory[]> {
  const folder = join(root, 'test/replay/histories');
  const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.json'));
  const names = files.map((file) => file.replaceAll('\\', '/').replace(/\.json$/, ''));
  return Promise.all(names.sort().map((name) => readHistory(join(folder, `${name}.json`), name)));
}
