import { edits } from './edits/index.js';
import { MutantRun, silenceSdk } from './run.js';

// A child of `npm run mutants`: judges the edits whose names it is sent, one after the other.

silenceSdk();
const run = MutantRun.of(process.cwd());

process.on('message', (name: string) => {
  const edit = edits.find((each) => each.name === name)!;
  void run
    .then((each) => each.judge(edit))
    .then((judged) => ({ judged }))
    .catch((error: Error) => ({ error: error.message }))
    .then((answer) => process.send!(answer));
});
process.on('disconnect', () => process.exit());
