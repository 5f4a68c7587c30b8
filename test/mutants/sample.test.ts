import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applied } from '../../tools/cli/mutants/apply.js';
import { edits } from '../../tools/cli/mutants/edits/index.js';
import { exceptions } from '../../tools/cli/mutants/exceptions.js';
import { MutantRun } from '../../tools/cli/mutants/run.js';
import { quieten } from '../../tools/cli/replay/quieten.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Two or three of each kind. `npm run mutants` judges all edits. */
const sample = [
  'graph-dependency-added',
  'graph-branch-in-another-order',
  'graph-parcels-in-another-order',
  'graph-undo-of-the-confirmation-removed',
  'calls-one-cent-more',
  'calls-longer-hold',
  'calls-restock-removed',
  'calls-another-key-of-every-call',
  'timers-decision-deadline-behind-the-call',
  'timers-longer-review',
  'messages-amend-removed',
  'messages-rejection-in-review-ignored',
  'messages-cancel-needs-a-reason',
  'messages-wording-of-a-rejection',
  'undo-everything-at-once',
  'undo-not-told-at-the-end',
  'publications-between-the-calls-of-a-chain',
  'publications-fields-in-another-order',
  'clock-no-notice-at-night',
  'clock-now-by-its-other-name',
  'answers-before-the-publication',
  'answers-refusal-no-longer-kept',
  'engine-no-barrier',
  'engine-change-behind-patched',
  'versions-old-one-gone',
  'versions-step-in-a-new-one',
  'returns-one-cent-less',
  'late-longer-intervals',
  'safe-retry-interval',
  'safe-log-line',
  'safe-refactored-helper',
  'safe-view-field',
];

it('every edit fits the code', async () => {
  const fits = await Promise.allSettled(edits.map((edit) => applied(edit, root)));
  expect(fits.flatMap((fit) => (fit.status === 'rejected' ? [String(fit.reason)] : []))).toEqual([]);
});

/** Histories for each edit. An edit that is caught is caught much sooner. */
const limit = 120;

quieten();

describe('the gate before a deploy', () => {
  let run: MutantRun;
  beforeAll(async () => {
    run = await MutantRun.of(root, { limit });
  });

  afterAll(() => run.close());

  it.for(sample)('judges %s as its truth says', async (name) => {
    const { judgement, isRight } = await run.judge(edits.find((each) => each.name === name)!);
    if (exceptions[name] === undefined) expect(isRight, judgement.says ?? 'every life is the same').toBe(true);
  });
}, 120_000);
