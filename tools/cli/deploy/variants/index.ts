import type { RecordedHistory } from '../../replay/history.js';
import { shiftedClocks } from './clock.js';
import { cuts } from './cut.js';
import { heartbeats } from './heartbeat.js';
import { otherIds } from './ids.js';
import { seeded, type Random } from './random.js';
import { swaps } from './swap.js';
import type { Variant } from './variant.js';

export { type Variant, type VariantKind } from './variant.js';

/** All variants of a recorded history. They need no server. The seed chooses hours and ids; the same seed gives the same variants. */
export function variantsOf(history: RecordedHistory, seed: string): Variant[] {
  return byKind(history, seed).flat();
}

/**
 * At most so many variants of a recorded history, about as many of each kind. The seed chooses which, and with which kind to begin: so a few
 * of each of many histories are of all kinds.
 */
export function chosenVariants(history: RecordedHistory, seed: string, limit: number): Variant[] {
  const random = seeded(`choose ${seed} ${history.name}`);
  const kinds = byKind(history, seed).map((variants) => shuffled(variants, random));
  const first = random(kinds.length);
  const queues = [...kinds.slice(first), ...kinds.slice(0, first)];
  const chosen: Variant[] = [];
  while (chosen.length < limit && queues.some((queue) => queue.length > 0)) {
    for (const queue of queues) if (queue.length > 0 && chosen.length < limit) chosen.push(queue.shift()!);
  }
  return chosen;
}

function byKind(history: RecordedHistory, seed: string): Variant[][] {
  const random = seeded(`${seed} ${history.name}`);
  return [
    cuts(history),
    heartbeats(history),
    swaps(history),
    shiftedClocks(history, random),
    otherIds(history, random),
  ];
}

/** The variant that has all heartbeats at once shows what most others show, so it comes first. */
function shuffled(variants: Variant[], random: Random): Variant[] {
  const ranked = variants.map((variant) => ({ variant, rank: variant.place === 'all' ? -1 : random(1_000_000) }));
  return ranked.sort((a, b) => a.rank - b.rank).map(({ variant }) => variant);
}
