import { copyFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const preload = 'preload.cjs';
/** Plain JavaScript, so it is not in dist/. */
const source = new URL(
  `${import.meta.url.includes('/dist/') ? '../../../bench/counts' : '.'}/${preload}`,
  import.meta.url,
);

/** One line of the files that preload.cjs writes. */
export type Counted = { program?: string } & (
  | { kind: 'activation'; workflowId: string; promises: number; calls: number }
  | { kind: 'request'; method: string; path: string }
  | { kind: 'statement'; text: string; route?: string }
);

/**
 * Counts what the programs of a system do, inside each program.
 *
 *     const counter = await Counter.create();
 *     const system = await startSystem({ env: { ...env, NODE_OPTIONS: counter.nodeOptions } });
 *     counter.take();
 */
export class Counter {
  readonly #read = new Map<string, number>();

  private constructor(private readonly folder: string) {}

  static async create(): Promise<Counter> {
    const folder = await mkdtemp(join(tmpdir(), 'orderflow-counts-'));
    await copyFile(fileURLToPath(source), join(folder, preload));
    return new Counter(folder);
  }

  /** NODE_OPTIONS for the programs that are counted. They run slower, so measure no times with it. */
  get nodeOptions(): string {
    // Not --import: a thread whose code is a text would not run it.
    return `--require=${join(this.folder, preload)}`;
  }

  /** @returns what was written down since the last call. */
  async take(): Promise<Counted[]> {
    const counted: Counted[] = [];
    for (const name of await readdir(this.folder)) {
      if (name === preload) continue;
      const text = await readFile(join(this.folder, name), 'utf8');
      const complete = text.lastIndexOf('\n') + 1;
      const fresh = text.slice(this.#read.get(name) ?? 0, complete);
      this.#read.set(name, complete);
      for (const line of fresh.split('\n')) if (line !== '') counted.push(JSON.parse(line) as Counted);
    }
    return counted;
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
