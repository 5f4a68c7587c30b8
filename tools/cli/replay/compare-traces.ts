import { firstFound } from './align.js';
import { kindOf, type Finding } from './compare-commands.js';
import { describeCommand } from './describe-command.js';
import { adviceFor, isHarmless, type Difference } from './difference.js';
import { errorFinding } from './errors.js';
import type { Trace, TraceCommand } from './trace.js';

/**
 * Compares what two builds do while they replay one history.
 *
 * @param base what the code did before; `head` what it does now.
 * @returns the first difference that harms a running order, else the first harmless one.
 */
export function compareTraces(base: Trace, head: Trace): Difference | undefined {
  const breaks = head.error !== undefined && base.error === undefined;
  const found = firstFound(base.commands, head.commands, { isRecorded: false, endedEarly: breaks });
  const hard = found && !isHarmless(found.finding) ? found.finding : undefined;
  const finding = hard ?? (breaks ? brokenAt(base, head) : undefined) ?? orderFinding(base, head) ?? found?.finding;
  return finding && { ...finding, advice: adviceFor(finding) };
}

function brokenAt(base: Trace, head: Trace): Finding {
  const keys = new Set(head.commands.map(({ key }) => key));
  const next = base.commands.find(({ key }) => !keys.has(key));
  return { recorded: next ? describeCommand(next) : 'no error', ...errorFinding(head, next) };
}

/** Finds the first two commands that are the same in both, in another order. */
function orderFinding(base: Trace, head: Trace): Finding | undefined {
  const keys = new Set(head.commands.map(({ key }) => key));
  const expected = base.commands.filter(({ key }) => keys.has(key));
  const known = new Set(expected.map(({ key }) => key));
  const actual = head.commands.filter(({ key }) => known.has(key));
  const index = expected.findIndex(({ key, task }, i) => key !== actual[i]!.key || task !== actual[i]!.task);
  if (index < 0) return undefined;
  const [was, is] = [expected[index]!, actual[index]!];
  return movedFinding(was, is);
}

function movedFinding(was: TraceCommand, is: TraceCommand): Finding {
  const step = was.step ?? is.step;
  const [kind, recorded] = [step === undefined ? kindOf(was) : 'graph', describeCommand(was)] as const;
  const now = was.key === is.key ? 'the code does it in another workflow task' : `first, ${describeCommand(is)}`;
  return { kind, ...(step !== undefined && { step }), recorded, now };
}
