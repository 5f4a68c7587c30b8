/**
 * Lets calls that come while another is under way go together in the next one. A call that comes alone is made at once and
 * alone; under load the cost of a commit is shared by all that wait for it, and nobody waits longer than for the one under way
 * and the own one.
 *
 *     const publish = new Batch((publications: Publication[]) => book.store(publications));
 *     const revision = await publish.add(publication);
 */
export class Batch<Item, Answer> {
  private waiting: { item: Item; resolve: (answer: Answer) => void; reject: (error: unknown) => void }[] = [];
  private busy = false;

  /**
   * @param run does all items or, when it throws, none; answers in their order.
   * @param isItemsFault whether an error is about an item's data: then each item is done alone, so that the others do not
   *   pay for it.
   */
  constructor(
    private readonly run: (items: Item[]) => Promise<Answer[]>,
    private readonly isItemsFault: (error: unknown) => boolean,
    private readonly size = 64,
  ) {}

  add(item: Item): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
      if (!this.busy) void this.work();
    });
  }

  private async work(): Promise<void> {
    this.busy = true;
    while (this.waiting.length > 0) await this.settle(this.waiting.splice(0, this.size));
    this.busy = false;
  }

  private async settle(calls: typeof this.waiting): Promise<void> {
    try {
      const answers = await this.run(calls.map(({ item }) => item));
      if (answers.length !== calls.length) throw new Error(`${answers.length} answers to ${calls.length} calls`);
      calls.forEach(({ resolve }, index) => resolve(answers[index] as Answer));
    } catch (error) {
      if (calls.length > 1 && this.isItemsFault(error)) for (const call of calls) await this.settle([call]);
      else for (const { reject } of calls) reject(error);
    }
  }
}
