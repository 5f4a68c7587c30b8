import { defined } from '../../../contracts/defined.js';
import { kindOf, type Finding } from './compare-commands.js';
import { describeCommand } from './describe-command.js';
import type { RecordedCommand } from './recorded.js';
import type { Trace } from './trace.js';

/**
 * Finds a timer, an activity or another command that the code gives on the other side of a local activity's answer than it did. Temporal does
 * not see that within one workflow task.
 *
 * In a history, what stands before the marker of a local activity was given before its answer. A replay brings the answers of one task
 * in as few activations as it can. So a command of an activation must stand behind the first answer of that activation, and before the
 * first one of the next.
 */
export function findMoved(
  recorded: readonly RecordedCommand[],
  { commands, activations }: Trace,
): { finding: Finding; at: RecordedCommand } | undefined {
  const events = new Map(recorded.map((command) => [command.key, command]));
  const answers = activations.map(({ answers: [first] }) => events.get(`local activity ${first}`));
  for (const [index, { before }] of activations.entries()) {
    const next = answers.slice(index + 1).find((each) => each !== undefined);
    const given = commands.slice(before, activations[index + 1]?.before);
    for (const command of given) {
      const at = events.get(command.key);
      if (!at || at.kind === 'local activity') continue;
      const behind = answers[index];
      const [answer, side] =
        behind && at.eventId < behind.eventId
          ? [behind, 'after']
          : next && at.eventId > next.eventId
            ? [next, 'before']
            : [];
      if (!answer) continue;
      const step = at.step ?? answer.step;
      const call = `${answer.summary ?? answer.step} is answered by ${answer.type}`;
      const was = side === 'after' ? 'before' : 'after';
      const finding: Finding = {
        kind: step === undefined ? kindOf(at) : 'graph',
        ...defined({ step }),
        recorded: `${describeCommand(at)}, ${was} ${call}`,
        now: `it comes ${side} that`,
      };
      return { finding, at };
    }
  }
  return undefined;
}
