import { defined } from '../../../contracts/defined.js';
import { kindOf, type Finding } from './compare-commands.js';
import type { Trace, TraceCommand } from './trace.js';

/** Whether the replay ended because the code gave other commands, and not because it threw. */
export const isNondeterminism = (error: string): boolean => /nondeterminism/i.test(reasonOf(error));

/**
 * What an error of the SDK says about the code.
 *
 * @param next the command that the code did not get to.
 */
export function errorFinding(trace: Trace, next: TraceCommand | undefined): Omit<Finding, 'recorded'> {
  const reason = reasonOf(trace.error!);
  const notExported = /Failed to initialize workflow of type '([^']+)'/.exec(reason);
  if (notExported) return { kind: 'version', now: `the workflow code exports no ${notExported[1]}` };
  if (/Unknown version \d+ of the /.test(reason)) return { kind: 'version', now: reason };
  if (/Unknown encoding|Unable to (decode|convert)|Failed to decode/i.test(reason)) {
    return { kind: 'file', now: `a payload cannot be read: ${reason}` };
  }
  if (isNondeterminism(trace.error!)) {
    const detail = reason.replace(/^\[TMPRL\d+\] Nondeterminism error: /, '');
    return {
      kind: next ? kindOf(next) : 'graph',
      ...defined({ step: next?.step }),
      now: `the code does something else (${detail})`,
    };
  }
  const { step, after } = lastNews(trace);
  // At its start a run begins several steps at once.
  const isStart = trace.activations.length < 2;
  const where = after === undefined ? '' : `, after ${after}`;
  return {
    kind: 'throws',
    ...defined({ step: step ?? (isStart ? undefined : next?.step) }),
    now: `the workflow code throws: ${reason}${where}`,
  };
}

/** What the code had just been told when it threw. */
function lastNews({ activations, commands }: Trace): { step?: string; after?: string } {
  const last = activations.at(-1);
  if (!last) return {};
  const answered = commands.find(({ key }) => key === `local activity ${last.answers.at(-1)}`);
  if (answered) {
    return { ...defined({ step: answered.step }), after: `the answer of ${answered.type} to ${answered.summary}` };
  }
  return defined({ after: last.news.at(-1) });
}

/** The SDK's message contains the reason, quoted in a dump of the failed completion. */
function reasonOf(problem: string): string {
  const quoted = /message: "((?:[^"\\]|\\.)*)"/.exec(problem)?.[1];
  return quoted === undefined ? problem : quoted.replaceAll('\\n', '\n').replaceAll('\\"', '"');
}
