import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { WorkflowBundle } from '@temporalio/worker';
import { defined } from '../../../contracts/defined.js';
import { CannotRun } from '../command.js';
import { replayBundle } from '../replay/bundle.js';
import { changedBundle } from '../replay/changed-bundle.js';
import { readHistory, type RecordedHistory } from '../replay/history.js';
import { replay } from '../replay/run.js';
import { applied } from './apply.js';
import type { Edit } from './edit.js';
import type { GeneratedEdit } from './generate.js';
import type { JudgedGenerated } from './generated-run.js';
import { isRight, judge, type Judgement, type Traced } from './judge.js';
import { PatchedBundle } from './patched-bundle.js';

export interface Judged {
  edit: Edit;
  judgement: Judgement;
  isRight: boolean;
  ms: number;
}

/** Applies edits to the workflow code of a checkout, one after the other, and has the gate judge each. The checkout stays as it is. */
export class MutantRun {
  private constructor(
    private readonly root: string,
    private readonly bundle: PatchedBundle,
    private readonly lives: readonly Traced[],
  ) {}

  /**
   * @param root the checkout, with its TypeScript sources.
   * @throws {CannotRun} when a committed history does not replay without any edit: then nothing can be said about edits.
   */
  static async of(root: string): Promise<MutantRun> {
    const bundle = new PatchedBundle(await replayBundle(join(root, 'workflows/index.ts')));
    const lives: Traced[] = [];
    for await (const { history, trace } of replay(await historiesOf(root), bundle.unchanged)) {
      if (trace?.error !== undefined) throw new CannotRun(`${history.name} differs without any edit: ${trace.error}`);
      if (trace) lives.push({ history, trace });
    }
    return new MutantRun(root, bundle, lives);
  }

  async judge(edit: Edit): Promise<Judged> {
    const started = Date.now();
    const judgement = await judge(edit, await this.bundleWith(edit), this.lives);
    return { edit, judgement, isRight: isRight(edit.truth, judgement), ms: Date.now() - started };
  }

  /** An edit that no life shows is tried once more, with code that throws in its place. */
  async judgeGenerated({ name, file, what, text, bomb }: GeneratedEdit): Promise<JudgedGenerated> {
    const saidOf = async (source: string): Promise<Judgement> => {
      const bundle = this.bundle.with(new Map([[file, source]]));
      if (!bundle) return { verdict: 'same', isNamed: false };
      try {
        return await judge({ names: [] }, bundle, this.lives);
      } catch (error) {
        return { verdict: 'breaks', says: (error as Error).message, isNamed: false };
      }
    };
    const { verdict, says } = await saidOf(text);
    const isReached = verdict !== 'same' || (await saidOf(bomb)).verdict !== 'same';
    return { name, what, verdict, ...defined({ says }), isReached };
  }

  private async bundleWith(edit: Edit): Promise<WorkflowBundle> {
    const files = await applied(edit, this.root);
    return this.bundle.with(files) ?? (await changedBundle(this.root, edit.changes));
  }
}

/** The committed histories of all versions. */
async function historiesOf(root: string): Promise<RecordedHistory[]> {
  const folder = join(root, 'test/replay/histories');
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.json')).sort();
  return Promise.all(names.map((name) => readHistory(join(folder, name))));
}
