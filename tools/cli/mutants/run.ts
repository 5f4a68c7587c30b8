import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { WorkflowBundle } from '@temporalio/worker';
import { CannotRun } from '../command.js';
import { replayBundle } from '../replay/bundle.js';
import { readHistory, type RecordedHistory } from '../replay/history.js';
import { applied } from './apply.js';
import { bundleOf } from './bundle-of.js';
import type { Edit } from './edit.js';
import { isRight, judge, type Judgement } from './judge.js';
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
    private readonly lives: readonly RecordedHistory[],
  ) {}

  /**
   * @param root the checkout, with its TypeScript sources.
   * @throws {CannotRun} when a life differs without any edit: then nothing can be said about edits.
   */
  static async of(root: string): Promise<MutantRun> {
    const bundle = new PatchedBundle(await replayBundle(join(root, 'workflows/index.ts')));
    const run = new MutantRun(root, bundle, await livesOf(root));
    const { verdict, life, says } = await judge({ names: [] }, bundle.unchanged, run.lives);
    if (verdict === 'breaks' || verdict === 'inputs') throw new CannotRun(`${life} differs without any edit: ${says}`);
    return run;
  }

  get livesCount(): number {
    return this.lives.length;
  }

  async judge(edit: Edit): Promise<Judged> {
    const started = Date.now();
    const judgement = await judge(edit, await this.bundleWith(edit), this.lives);
    return { edit, judgement, isRight: isRight(edit.truth, judgement), ms: Date.now() - started };
  }

  private async bundleWith(edit: Edit): Promise<WorkflowBundle> {
    const files = await applied(edit, this.root);
    return this.bundle.with(files) ?? (await bundleOf(this.root, files));
  }
}

/** The committed histories of all versions. */
async function livesOf(root: string): Promise<RecordedHistory[]> {
  const folder = join(root, 'test/replay/histories');
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.json')).sort();
  return Promise.all(names.map((name) => readHistory(join(folder, name))));
}
