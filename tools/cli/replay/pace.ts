/** How fast histories are replayed, and with how much memory, without the time for bundling the code. */
export class Pace {
  readonly #began = performance.now();
  #histories = 0;
  #peakBytes = 0;

  /** Call it after each history. */
  note(): void {
    this.#histories += 1;
    this.#peakBytes = Math.max(this.#peakBytes, process.memoryUsage.rss());
  }

  plain(): { histories: number; seconds: number; perSecond: number; peakMemoryMB: number } {
    const seconds = (performance.now() - this.#began) / 1000;
    return {
      histories: this.#histories,
      seconds: Number(seconds.toFixed(1)),
      perSecond: Number((this.#histories / seconds).toFixed(1)),
      peakMemoryMB: Math.round(this.#peakBytes / 1e6),
    };
  }

  /** For example `26 histories in 1.3 s: 20 a second, with at most 240 MB of memory`. */
  render(): string {
    const { histories, seconds, perSecond, peakMemoryMB } = this.plain();
    return `${histories} histories in ${seconds} s: ${perSecond} a second, with at most ${peakMemoryMB} MB of memory\n`;
  }
}
