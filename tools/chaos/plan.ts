import { serviceNames } from '../../src/config/index.js';
import type { PartName } from '../local/run-file.js';
import { actKinds, parts, type ActKind, type FaultKind } from './kinds.js';
import { Random } from './random.js';

/** One act of the nemesis. */
export interface Act {
  kind: ActKind;
  /** The part that is frozen, or whose disk is full. */
  part?: PartName;
  /** The pause before it, in milliseconds. */
  afterMs: number;
  /** How long it lasts: the freeze, the full disk, the other code, or how long the system goes without its supervisor. */
  forMs: number;
}

const freezesARound = 3;
/**
 * The acts of a seed, round after round without end; none if no kind is an act. A round has each kind once, and a few freezes, in an order
 * of its own. Parts take turns at freezes, and services at full disks.
 */
export function* planOf(seed: number, kinds: readonly FaultKind[]): Generator<{ round: number; act: Act }, void> {
  const random = new Random(`plan ${seed}`);
  const chosen = actKinds.filter((kind) => kinds.includes(kind));
  let frozen = random.shuffle(parts);
  let full = random.shuffle(serviceNames);
  for (let round = 1; chosen.length > 0; round += 1) {
    const inRound = random.shuffle(
      chosen.flatMap((kind) => (kind === 'freeze' ? Array.from({ length: freezesARound }, () => kind) : [kind])),
    );
    for (const kind of inRound) {
      const act: Act = { kind, afterMs: random.between(500, 3500), forMs: random.between(500, 3000) };
      if (kind === 'freeze') {
        if (frozen.length === 0) frozen = random.shuffle(parts);
        act.part = frozen.pop()!;
        act.forMs = random.between(1500, 5000);
      } else if (kind === 'disk-full') {
        if (full.length === 0) full = random.shuffle(serviceNames);
        act.part = full.pop()!;
        act.forMs = random.between(3000, 6000);
      } else if (kind === 'other-code') {
        act.forMs = random.between(4000, 7000);
      }
      yield { round, act };
    }
  }
}
