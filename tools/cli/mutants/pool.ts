import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { CannotRun } from '../command.js';
import type { Edit } from './edit.js';
import type { Judged } from './run.js';

/** One replay after the other takes one core. So the edits are shared among child processes, each with a bundle of its own. */
export async function judgeTogether(
  edits: readonly Edit[],
  processes: number,
  onJudged: () => void,
): Promise<Judged[]> {
  const waiting = [...edits];
  const all: Judged[] = [];
  const work = async (): Promise<void> => {
    const child = fork(fileURLToPath(new URL('./worker.js', import.meta.url)));
    try {
      for (let edit = waiting.shift(); edit; edit = waiting.shift()) {
        child.send(edit.name);
        all.push(await answerOf(child));
        onJudged();
      }
    } finally {
      waiting.length = 0;
      if (child.connected) child.disconnect();
    }
  };
  await Promise.all(Array.from({ length: Math.min(processes, edits.length) }, work));
  const order = new Map(edits.map(({ name }, index) => [name, index]));
  return all.sort((a, b) => order.get(a.edit.name)! - order.get(b.edit.name)!);
}

type Answer = { judged: Judged } | { error: string };

function answerOf(child: ReturnType<typeof fork>): Promise<Judged> {
  return new Promise((resolve, reject) => {
    const ended = () => reject(new CannotRun('a process that judged an edit has ended'));
    child.once('exit', ended);
    child.once('message', (answer: Answer) => {
      child.off('exit', ended);
      if ('judged' in answer) resolve(answer.judged);
      else reject(new CannotRun(answer.error));
    });
  });
}
