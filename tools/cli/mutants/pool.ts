import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { CannotRun } from '../command.js';
import type { GeneratedEdit } from './generate.js';

/** The name of an edit, or a generated one. */
export type Request = string | GeneratedEdit;

type Answer = { judged: unknown } | { error: string };

/** A message from a child process: its answer, or a sign that it has replayed one more history. */
export type Message = Answer | 'replayed';

/** Some edits make the code run in circles: then nothing is replayed any more. */
const quietMs = 60_000;

/**
 * Judges edits. One replay after the other takes one core, so they are shared among child processes, each with a bundle of its own.
 *
 * @param limit at most so many histories are replayed for each edit.
 * @param onJudged called with each answer; undefined where the code never came to an end.
 * @throws {CannotRun} when an edit does not fit, or a life does not replay without any edit.
 */
export async function judgeTogether<Asked extends Request>(
  requests: readonly Asked[],
  { processes, limit }: { processes: number; limit: number },
  onJudged: (request: Asked, judged: unknown) => Promise<void>,
): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    let child: ChildProcess | undefined;
    try {
      for (let index = next++; index < requests.length; index = next++) {
        child ??= fork(fileURLToPath(new URL('./worker.js', import.meta.url)), [String(limit)]);
        const answer = await answerOf(child, requests[index]!);
        if (!answer) {
          child.kill('SIGKILL');
          child = undefined;
        } else if ('error' in answer) throw new CannotRun(answer.error);
        await onJudged(requests[index]!, answer?.judged);
      }
    } finally {
      next = requests.length;
      // The SDK catches gentler signals.
      child?.kill('SIGKILL');
    }
  };
  await Promise.all(Array.from({ length: Math.min(processes, requests.length) }, work));
}

/** @returns undefined where the child has become quiet. */
function answerOf(child: ChildProcess, request: Request): Promise<Answer | undefined> {
  return new Promise((resolve) => {
    const end = (answer: Answer | undefined) => {
      clearTimeout(timer);
      child.off('exit', ended).off('message', heard);
      resolve(answer);
    };
    const heard = (message: Message) => (message === 'replayed' ? timer.refresh() : end(message));
    const ended = () => end({ error: 'a process that judged an edit has ended' });
    const timer = setTimeout(() => end(undefined), quietMs);
    child.once('exit', ended).on('message', heard);
    child.send(request);
  });
}
