import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { CannotRun } from '../command.js';
import type { Edit } from './edit.js';
import type { GeneratedEdit } from './generate.js';
import type { JudgedGenerated } from './generated-run.js';
import type { Judged } from './run.js';

/** The name of an edit, or a generated one. */
export type Request = string | GeneratedEdit;

type Answer = { judged: unknown } | { error: string };

/** Some edits make the code run in circles. The first edit of a child waits for its bundle. */
const answersWithinMs = 120_000;

/** One replay after the other takes one core. So the edits are shared among child processes, each with a bundle of its own. */
class Pool {
  constructor(
    private readonly processes: number,
    private readonly onJudged: () => void,
  ) {}

  /** @returns an answer for each request, in their order; undefined where the code never came to an end. */
  async ask(requests: readonly Request[]): Promise<unknown[]> {
    const answers: unknown[] = [];
    let next = 0;
    const work = async (): Promise<void> => {
      let child: ChildProcess | undefined;
      try {
        for (let index = next++; index < requests.length; index = next++) {
          child ??= fork(fileURLToPath(new URL('./worker.js', import.meta.url)));
          const answer = await answerOf(child, requests[index]!);
          if (!answer) {
            child.kill('SIGKILL');
            child = undefined;
          } else if ('error' in answer) throw new CannotRun(answer.error);
          else answers[index] = answer.judged;
          this.onJudged();
        }
      } finally {
        next = requests.length;
        child?.kill();
      }
    };
    await Promise.all(Array.from({ length: Math.min(this.processes, requests.length) }, work));
    return answers;
  }
}

/** @throws {CannotRun} when an edit does not fit, or a life does not replay without any edit. */
export async function judgeTogether(
  edits: readonly Edit[],
  processes: number,
  onJudged: () => void,
): Promise<Judged[]> {
  const answers = await new Pool(processes, onJudged).ask(edits.map(({ name }) => name));
  return answers.map((answer, index) => (answer as Judged | undefined) ?? hanging(edits[index]!));
}

export async function judgeGeneratedTogether(
  edits: readonly GeneratedEdit[],
  processes: number,
  onJudged: () => void,
): Promise<JudgedGenerated[]> {
  const answers = await new Pool(processes, onJudged).ask(edits);
  return answers.map((answer, index) => {
    const { name, what } = edits[index]!;
    return (answer as JudgedGenerated | undefined) ?? { name, what, verdict: 'hangs', isReached: true };
  });
}

function hanging(edit: Edit): Judged {
  const judgement = { verdict: 'breaks', says: 'the code runs in circles', isNamed: false } as const;
  return { edit, judgement, isRight: edit.truth === 'unsafe' || edit.truth === 'inputs', ms: answersWithinMs };
}

/** @returns undefined where there is no answer in time. */
function answerOf(child: ChildProcess, request: Request): Promise<Answer | undefined> {
  return new Promise((resolve) => {
    const end = (answer: Answer | undefined) => {
      clearTimeout(timer);
      child.off('exit', ended).off('message', end);
      resolve(answer);
    };
    const ended = () => end({ error: 'a process that judged an edit has ended' });
    const timer = setTimeout(() => end(undefined), answersWithinMs);
    child.once('exit', ended).once('message', end);
    child.send(request);
  });
}
