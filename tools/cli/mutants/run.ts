import { defined } from '../../../contracts/defined.js';
import { bundleWith, modulesOf } from '../replay/changed-bundle.js';
import { applied } from './apply.js';
import type { Edit } from './edit.js';
import type { GeneratedEdit } from './generate.js';
import type { JudgedGenerated } from './generated-run.js';
import { isRight, judge, type JudgeOptions, type Judgement } from './judge.js';
import { Lives } from './lives.js';

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
    private readonly lives: Lives,
    private readonly options: JudgeOptions,
  ) {}

  /**
   * @param root the checkout, with its TypeScript sources.
   * @throws {CannotRun} when a committed history does not replay without any edit: then nothing can be said about edits.
   */
  static async of(root: string, options: JudgeOptions): Promise<MutantRun> {
    const { bundle } = await modulesOf(root);
    return new MutantRun(root, await Lives.of(root, bundle, options.onReplayed), options);
  }

  async judge(edit: Edit): Promise<Judged> {
    const started = Date.now();
    const { files, places } = await applied(edit, this.root);
    const bundle = await bundleWith(this.root, files);
    const judgement = await judge(edit.names, bundle, this.lives.near(places, edit.names), this.options);
    return { edit, judgement, isRight: isRight(edit.truth, judgement), ms: Date.now() - started };
  }

  async judgeGenerated({ name, within, what, text, place }: GeneratedEdit): Promise<JudgedGenerated> {
    if (!this.lives.reaches([place])) return { name, within, what, verdict: 'same', isReached: false };
    const bundle = await bundleWith(this.root, new Map([[place.file, text]]));
    const { verdict, says } = await judge([], bundle, this.lives.near([place], []), this.options);
    return { name, within, what, verdict, ...defined({ says }), isReached: true };
  }

  close(): Promise<void> {
    return this.lives.close();
  }
}
