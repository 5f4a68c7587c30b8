/** Answers a whole number from 0, below the given one. */
export type Random = (below: number) => number;

/** Numbers that look random and are the same for the same text: xorshift on a 32-bit FNV-1a of it. */
export function seeded(text: string): Random {
  let state = 0x811c9dc5;
  for (const char of text) state = Math.imul(state ^ char.codePointAt(0)!, 0x01000193) >>> 0;
  state ||= 1;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state;
  };
  // Texts that differ in their last letter begin with similar numbers.
  for (let round = 0; round < 8; round += 1) next();
  return (below) => next() % below;
}
