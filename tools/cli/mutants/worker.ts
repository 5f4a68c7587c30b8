import { edits } from './edits/index.js';
import type { Request } from './pool.js';
import { quieten } from '../replay/quieten.js';
import { MutantRun } from './run.js';

// A child of `npm run mutants`: judges the edits that it is sent, one after the other.

quieten();
const run = MutantRun.of(process.cwd());

async function answer(request: Request): Promise<object> {
  const mutants = await run;
  if (typeof request !== 'string') return mutants.judgeGenerated(request);
  return mutants.judge(edits.find(({ name }) => name === request)!);
}

process.on('message', (request: Request) => {
  void answer(request).then(
    (judged) => process.send!({ judged }),
    (error: Error) => process.send!({ error: error.message }),
  );
});
process.on('disconnect', () => process.exit());
