import { clock } from './load.js';
import { drain } from './turn-promise.js';

/** Something that happens later, unless it is called off. */
export interface Appointment {
  readonly at: number;
  act: (() => void) | undefined;
}

/** Virtual time: what happens next is what is due first. Of two things at the same moment, the one that was planned first. */
export class Timeline {
  now: number;
  readonly #heap: (Appointment & { order: number })[] = [];
  #order = 0;
  #ready: (() => void)[] = [];

  constructor(start: number) {
    this.now = start;
  }

  in(ms: number, act: () => void): Appointment {
    return this.at(this.now + ms, act);
  }

  at(at: number, act: () => void): Appointment {
    const appointment = { at: Math.max(at, this.now), act, order: (this.#order += 1) };
    const heap = this.#heap;
    let i = heap.push(appointment) - 1;
    while (i > 0) {
      const above = (i - 1) >> 1;
      if (!isBefore(appointment, heap[above]!)) break;
      heap[i] = heap[above]!;
      i = above;
    }
    heap[i] = appointment;
    return appointment;
  }

  /** To be done as soon as the promises have come to rest. */
  afterRest(act: () => void): void {
    this.#ready.push(act);
  }

  /** Goes on to the next thing that happens. @returns false when nothing is left before `until`. */
  step(until = Infinity): boolean {
    const next = this.#heap[0];
    if (!next || next.at > until) return false;
    this.#pop();
    if (!next.act) return true;
    this.now = clock.now = next.at;
    next.act();
    this.#rest();
    return true;
  }

  #rest(): void {
    drain();
    for (let i = 0; i < this.#ready.length; i += 1) {
      this.#ready[i]!();
      drain();
    }
    this.#ready = [];
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let i = 0;
    for (;;) {
      const left = 2 * i + 1;
      if (left >= heap.length) break;
      const right = left + 1;
      const child = right < heap.length && isBefore(heap[right]!, heap[left]!) ? right : left;
      if (!isBefore(heap[child]!, last)) break;
      heap[i] = heap[child]!;
      i = child;
    }
    heap[i] = last;
  }
}

function isBefore(a: { at: number; order: number }, b: { at: number; order: number }): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
