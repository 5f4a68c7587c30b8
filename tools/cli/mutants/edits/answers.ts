import { change, type Edit } from '../edit.js';

/** What an Update answers, and when. */
export const answerEdits: Edit[] = [
  {
    name: 'answers-before-the-publication',
    truth: 'unsafe',
    why: 'An Update is answered at once, where the history has a publication before its answer.',
    names: [],
    changes: [
      change('workflows/temporal/host.ts', 'revision: await publisher.flush() };', 'revision: publisher.revision };'),
    ],
  },
  {
    name: 'answers-with-one-more-field',
    truth: 'view only',
    why: 'An answer that was given is not given again, and no run reads it.',
    names: [],
    changes: [
      change(
        'workflows/temporal/host.ts',
        'if (walks.length > 0) return { fingerprint, revision: await publisher.flush() };',
        'const answer = { by: envelope.by.role, fingerprint };\n        if (walks.length > 0) return { ...answer, revision: await publisher.flush() };',
      ),
    ],
  },
  {
    name: 'answers-refusal-no-longer-kept',
    truth: 'view only',
    why: 'A recorded refusal is not given again, and no run reads its details.',
    names: [],
    changes: [
      change(
        'workflows/temporal/refusals.ts',
        '{ ...(error.details![0] as Refusal), kept: true };',
        '{ ...(error.details![0] as Refusal) };',
      ),
    ],
  },
  {
    name: 'answers-refused-command-fails-the-run',
    truth: 'unsafe',
    why: 'A command that no longer fits when its turn comes throws, where the history has its refusal.',
    names: [],
    changes: [
      change(
        'workflows/temporal/refusals.ts',
        '    throw ApplicationFailure.nonRetryable(error.message, error.type, refusal);',
        '    throw new TypeError(`${error.message} ${JSON.stringify(refusal)}`);',
      ),
    ],
  },
  {
    name: 'answers-command-taken-out-of-turn',
    truth: 'unsafe',
    why: 'A command that came between two calls of a chain waited for the end of the chain.',
    names: [],
    changes: [
      change(
        'workflows/temporal/command-turns.ts',
        'await conditionLater(() => this.isFirst(turn) && this.isAtRest);',
        'await conditionLater(() => this.isFirst(turn) && this.hasBegun());',
      ),
    ],
  },
  {
    name: 'answers-check-left-to-the-validator',
    truth: 'unsafe',
    why: 'A command that was refused when its turn came is taken.',
    names: [],
    changes: [
      change(
        'workflows/temporal/host.ts',
        '          try {\n            asKeptRefusal(check);\n          } finally {\n            process.onCommand?.();\n          }\n          ports.barrier.raise();',
        '          process.onCommand?.();\n          ports.barrier.raise();',
      ),
    ],
  },
];
