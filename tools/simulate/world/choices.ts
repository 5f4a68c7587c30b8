/** Something that went otherwise than usual, by the name of the place. */
export interface Choice {
  /** The place, and how often it was passed before: `inventory.reserve#2`. */
  place: string;
  option: number;
  /** In words. */
  words: string;
  /** Virtual ms since the life began. */
  at: number;
}

/**
 * Decides everything that is not certain in a life. The first of the options of each place is the usual one: a life without any choices is
 * a calm one. From a seed every place is decided by chance; from a list only the places in it are decided otherwise than usual.
 */
export class Choices {
  /** What was chosen; kept only if it is asked for, because the places need names then. */
  readonly made: Choice[] = [];
  readonly #counts = new Map<string, number>();
  #state: number;

  private constructor(
    seed: number,
    private readonly given: ReadonlyMap<string, number> | undefined,
    private readonly isKept: boolean,
    private readonly now: () => number,
  ) {
    this.#state = seed >>> 0;
  }

  static fromSeed(seed: number, now: () => number, { isKept = false } = {}): Choices {
    // Neighbouring seeds must give lives that have nothing in common.
    return new Choices(mixed(seed), undefined, isKept, now);
  }

  static fromList(list: readonly Choice[], now: () => number): Choices {
    return new Choices(0, new Map(list.map(({ place, option }) => [place, option])), true, now);
  }

  /** @param chance how likely it is that another option than the first is taken. */
  pick<const Option>(place: string, chance: number, options: readonly Option[]): Option {
    let option = 0;
    if (this.given) option = Math.min(this.given.get(this.#named(place)) ?? 0, options.length - 1);
    else {
      const name = this.isKept ? this.#named(place) : '';
      if (this.#random() < chance) option = 1 + Math.floor(this.#random() * (options.length - 1));
      if (this.isKept && option > 0) this.#keep(name, option, options[option]);
      return options[option]!;
    }
    if (option > 0) this.#keep(`${place}#${this.#counts.get(place)}`, option, options[option]);
    return options[option]!;
  }

  #keep(place: string, option: number, value: unknown): void {
    const words = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing');
    this.made.push({ place, option, words, at: this.now() });
  }

  #named(place: string): string {
    const count = (this.#counts.get(place) ?? 0) + 1;
    this.#counts.set(place, count);
    return `${place}#${count}`;
  }

  /** Mulberry32. */
  #random(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }
}

function mixed(seed: number): number {
  let x = (seed ^ (seed / 4294967296)) >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}
