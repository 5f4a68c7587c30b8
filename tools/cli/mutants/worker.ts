import { quieten } from '../replay/quieten.js';
import { edits } from './edits/index.js';
import type { Message, Request } from './pool.js';
import { MutantRun } from './run.js';

// A child of `npm run mutants -- ...`: judges the edits that it is sent, one after the other. Its argument is the number of histories.

quieten();
const tell = (message: Message): void => void process.send!(message);
const run = MutantRun.of(process.cwd(), { limit: Number(process.argv[2]), onReplayed: () => tell('replayed') });

async function answer(request: Request): Promise<object> {
  const mutants = await run;
  if (typeof request !== 'string') return mutants.judgeGenerated(request);
  return mutants.judge(edits.find(({ name }) => name === request)!);
}

process.on('message', (request: Request) => {
  void answer(request).then(
    (judged) => tell({ judged }),
    (error: Error) => tell({ error: error.message }),
  );
});
process.on('disconnect', () => process.exit());
