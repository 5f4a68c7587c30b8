/**
 * Groups items: those that arrive while a group is running form the next group. An item that arrives alone runs at once. Under load,
 * the items of a group share one commit, and each waits for at most the running group and its own.
 *
 *     const publish = new Batch((publications: Publication[]) => book.store(publications), isDataError, 16);
 *     const revision = await publish.add(publication);
 */
export class Batch<Item, Answer> {
  private waiting: { item: Item; resolve: (answer: Answer) => void; reject: (error: unknown) => void }[] = [];
  private busy = false;

  /**
   * @param run does all items and returns their answers in order. If it throws, it must have done none.
   * @param isItemsFault whether an error comes from the data of an item. Then each item runs alone, so that the others succeed.
   * @param size the most items of a group.
   */
  constructor(
    private readonly run: (items: Item[]) => Promise<Answer[]>,
    private readonly isItemsFault: (error: unknown) => boolean,
    private readonly size: number,
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
