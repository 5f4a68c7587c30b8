/** So many of the items, the same for the same seed, in their order. */
export function sampled<Item>(items: readonly Item[], count: number, seed: number): Item[] {
  const next = randomFrom(seed);
  const ranked = items.map((item, index) => ({ item, index, rank: next() }));
  const taken = ranked.sort((a, b) => a.rank - b.rank).slice(0, count);
  return taken.sort((a, b) => a.index - b.index).map(({ item }) => item);
}

/** Numbers from 0 to 1 that look random: mulberry32. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
