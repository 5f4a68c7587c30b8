import { readFile } from 'node:fs/promises';
import { Session } from 'node:inspector/promises';
import { join } from 'node:path';
import { embeddedMap, lineStarts, positionsOf } from '../lives/source-map.js';

/** Places of a source file, as offsets in its text. */
export interface Range {
  file: string;
  start: number;
  end: number;
}

/** A place of a source file, and where the bundle has it. */
interface Place {
  offset: number;
  generated: number;
}

/**
 * Which parts of the workflow code each life runs, by V8's own coverage. An edit in a part that a life does not run changes nothing for
 * it, so the life need not be replayed.
 */
export class Reach {
  readonly #session = new Session();
  readonly #hits = new Map<string, Map<string, Uint8Array>>();

  private constructor(private readonly places: ReadonlyMap<string, Place[]>) {}

  /**
   * Begins to watch what runs in this thread.
   *
   * @param root the checkout.
   * @param bundle its code, with its source map.
   */
  static async watch(root: string, bundle: string): Promise<Reach> {
    const reach = new Reach(await placesOf(root, bundle));
    reach.#session.connect();
    await reach.#session.post('Profiler.enable');
    await reach.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
    return reach;
  }

  /** All that ran since the last call was this life. */
  async note(life: string): Promise<void> {
    const { result } = await this.#session.post('Profiler.takePreciseCoverage');
    const ranges = result
      .filter(({ url }) => /workflow-(bundle|isolate)/.test(url))
      .flatMap(({ functions }) => functions)
      .flatMap((each) => each.ranges)
      .sort((a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset);
    const hits = new Map<string, Uint8Array>();
    for (const [file, places] of this.places) hits.set(file, ranIn(places, ranges));
    this.#hits.set(life, hits);
  }

  async stop(): Promise<void> {
    await this.#session.post('Profiler.stopPreciseCoverage');
    this.#session.disconnect();
  }

  /**
   * The lives in an order in which each runs as much as possible that those before it do not. When all is run, it begins again with the
   * lives that are left.
   */
  mixed(): string[] {
    const names = [...this.#hits.keys()];
    const parts = partsOf([...this.#hits.values()].map((files) => [...files.values()]));
    const left = new Set(names.keys());
    const order: string[] = [];
    let missing = new Set(parts);
    while (left.size > 0) {
      const gains = [...left].map((life) => ({ life, gain: [...missing].filter((by) => by[life]).length }));
      const best = gains.reduce((a, b) => (b.gain > a.gain ? b : a));
      if (best.gain === 0 && missing.size < parts.length) {
        missing = new Set(parts);
        continue;
      }
      for (const by of missing) if (by[best.life]) missing.delete(by);
      left.delete(best.life);
      order.push(names[best.life]!);
    }
    return order;
  }

  /** Whether the life runs anything there, or next to it. */
  runs(life: string, { file, start, end }: Range): boolean {
    const [places, hits] = [this.places.get(file), this.#hits.get(life)?.get(file)];
    if (!places || !hits) return true;
    const next = places.findIndex(({ offset }) => offset > end);
    const until = next < 0 ? places.length - 1 : next;
    for (let index = until; index >= 0; index -= 1) {
      if (hits[index]) return true;
      if (places[index]!.offset < start) return false;
    }
    return false;
  }
}

/** The parts of a life's coverage that tell lives apart: one for all places that the same lives run. */
function partsOf(lives: readonly (readonly Uint8Array[])[]): boolean[][] {
  const parts = new Map<string, boolean[]>();
  const files = lives[0]?.length ?? 0;
  for (let file = 0; file < files; file += 1) {
    for (let place = 0; place < lives[0]![file]!.length; place += 1) {
      const by = lives.map((life) => life[file]![place] === 1);
      parts.set(by.map(Number).join(''), by);
    }
  }
  return [...parts.values()];
}

type Ranges = { startOffset: number; endOffset: number; count: number }[];

/** @param ranges sorted by their starts, outer ones before inner ones: the innermost says how often a place ran. */
function ranIn(places: readonly Place[], ranges: Ranges): Uint8Array {
  const ran = new Uint8Array(places.length);
  if (places.length === 0) return ran;
  const generated = places.map((place, index) => ({ at: place.generated, index })).sort((a, b) => a.at - b.at);
  const [first, last] = [generated[0]!.at, generated.at(-1)!.at];
  const open: Ranges = [];
  let next = 0;
  for (const { at, index } of generated) {
    for (; next < ranges.length && ranges[next]!.startOffset <= at; next += 1) {
      const range = ranges[next]!;
      if (range.endOffset > first && range.startOffset <= last) open.push(range);
    }
    while (open.length > 0 && open.at(-1)!.endOffset <= at) open.pop();
    if ((open.at(-1)?.count ?? 0) > 0) ran[index] = 1;
  }
  return ran;
}

/** Where the bundle has each place of workflows/, in the order of the files' texts. */
async function placesOf(root: string, code: string): Promise<Map<string, Place[]>> {
  const map = embeddedMap(code);
  const files = map.sources.map((source) => /(?:^|\/)(workflows\/.*\.ts)$/.exec(source)?.[1]);
  const texts = new Map<string, number[]>();
  for (const file of files) {
    if (file !== undefined) texts.set(file, lineStarts(await readFile(join(root, file), 'utf8')));
  }
  const generatedStarts = lineStarts(code);
  const places = new Map<string, Place[]>();
  for (const { generatedLine, generatedColumn, source, line, column } of positionsOf(map.mappings)) {
    const file = files[source];
    if (file === undefined) continue;
    const list = places.get(file) ?? [];
    places.set(file, list);
    list.push({
      offset: texts.get(file)![line]! + column,
      generated: generatedStarts[generatedLine]! + generatedColumn,
    });
  }
  for (const list of places.values()) list.sort((a, b) => a.offset - b.offset);
  return places;
}
