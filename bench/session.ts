import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CannotRun } from '../tools/cli/command.js';
import { launch, type Child, type Program } from '../tools/local/program.js';
import { startCheckout, thisCheckout, type Checkout } from './checkout.js';

/** What one run of the bench starts. All of it is stopped and removed at the end of the run. */
export class Session {
  private readonly children: Child[] = [];
  private folders = 0;
  private ended: Promise<void> | undefined;

  private constructor(
    private readonly dataDir: string,
    private readonly against: string | undefined,
  ) {}

  /** @param against the folder of another checkout. */
  static async create(against: string | undefined): Promise<Session> {
    return new Session(await mkdtemp(join(tmpdir(), 'orderflow-bench-')), against);
  }

  /**
   * Starts a program, and resolves when it is ready.
   *
   * @throws {StartError} when it does not start.
   */
  async launch(name: string, program: Program): Promise<Child> {
    if (this.ended) throw new CannotRun('stopped');
    const child = await launch(name, program);
    this.children.push(child);
    await child.ready;
    return child;
  }

  /** A folder for the data of one program. */
  folder(): string {
    return join(this.dataDir, String((this.folders += 1)));
  }

  /**
   * Starts this checkout, and then the one that it is compared with.
   *
   * @param settings makes environment variables for each of them.
   */
  async startCheckouts(
    settings: () => NodeJS.ProcessEnv | Promise<NodeJS.ProcessEnv> = () => ({}),
  ): Promise<Checkout[]> {
    const checkouts = [await startCheckout(this, 'this', thisCheckout, await settings())];
    if (this.against === undefined) return checkouts;
    return [...checkouts, await startCheckout(this, 'against', this.against, await settings())];
  }

  /** Stops all programs, the last one first. */
  async stopAll(): Promise<void> {
    for (let last = this.children.pop(); last; last = this.children.pop()) await last.stop();
  }

  end(): Promise<void> {
    this.ended ??= this.stopAll().then(() => rm(this.dataDir, { recursive: true, force: true }));
    return this.ended;
  }
}
