import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CannotRun } from '../command.js';

/** What the results depend on: the code, the histories, and the gate. */
const sources = ['workflows', 'contracts', 'test/replay/histories', 'tools/cli/replay', 'tools/cli/deploy'];

/** Results of edits, kept in a file after each one, so that an interrupted run can go on. */
export class Results<Judged> {
  #writing = Promise.resolve();

  private constructor(
    private readonly file: string | undefined,
    private readonly of: string,
    private readonly judged: Map<string, Judged>,
  ) {}

  /**
   * @param root the checkout.
   * @param goesOn takes what the file has, when it was made from the same code, histories and gate, in the same way.
   * @param way what else the results depend on.
   */
  static async in<Judged>(
    root: string,
    file: string | undefined,
    { goesOn, way }: { goesOn: boolean; way: string },
  ): Promise<Results<Judged>> {
    const of = await digestOf(root, way);
    if (!goesOn || file === undefined) return new Results(file, of, new Map<string, Judged>());
    const text = await readFile(file, 'utf8').catch(() => undefined);
    const kept =
      text === undefined ? undefined : (JSON.parse(text) as { of?: string; judged?: Record<string, Judged> });
    const judged = kept?.of === of ? Object.entries(kept.judged ?? {}) : [];
    return new Results(file, of, new Map(judged));
  }

  get(key: string): Judged | undefined {
    return this.judged.get(key);
  }

  /** @throws {CannotRun} when the file cannot be written. */
  async add(key: string, judged: Judged): Promise<void> {
    this.judged.set(key, judged);
    const { file } = this;
    if (file === undefined) return;
    this.#writing = this.#writing.then(() => this.#write(file));
    await this.#writing;
  }

  async #write(file: string): Promise<void> {
    const text = JSON.stringify({ of: this.of, judged: Object.fromEntries(this.judged) }, null, 2);
    await writeFile(file, `${text}\n`).catch((error: Error) => {
      throw new CannotRun(`cannot write ${file}: ${error.message}`);
    });
  }
}

async function digestOf(root: string, way: string): Promise<string> {
  const hash = createHash('sha256').update(way);
  for (const folder of sources) {
    const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
    for (const file of files.sort()) hash.update(file.slice(root.length)).update(await readFile(file));
  }
  return hash.digest('hex').slice(0, 16);
}
