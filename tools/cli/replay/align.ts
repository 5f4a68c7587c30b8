import { defined } from '../../../contracts/defined.js';
import { compareCommands, isSameCommand, kindOf, type Finding } from './compare-commands.js';
import { describeCommand } from './describe-command.js';
import { isHarmless } from './difference.js';
import type { TraceCommand } from './trace.js';

/** A finding with its place. */
export interface Found<Command extends TraceCommand = TraceCommand> {
  finding: Finding;
  /** The recorded command; unset for a command that only the code now makes. */
  before?: Command;
  after?: TraceCommand;
}

export interface Options {
  /** The commands before come from a history. */
  isRecorded: boolean;
  /** The replay ended early, so the code did not get to its later commands. */
  endedEarly: boolean;
}

/**
 * Finds the first place where two lists of commands differ. Commands are matched by their keys. A harmless difference counts only where there
 * is no other.
 */
export function firstFound<Command extends TraceCommand>(
  before: readonly Command[],
  after: readonly TraceCommand[],
  options: Options,
): Found<Command> | undefined {
  const found = find(before, after, options);
  if (!found || found.finding.step !== undefined) return found;
  const step = found.before && stepBeside(before, found.before);
  return { ...found, finding: { ...found.finding, ...defined({ step }) } };
}

/** The step that the run was at: the last one of the same workflow task that called something before, else the next one after. */
function stepBeside(commands: readonly TraceCommand[], { key, task }: TraceCommand): string | undefined {
  const index = commands.findIndex((each) => each.key === key);
  const isStep = (each: TraceCommand) => each.task === task && each.step !== undefined;
  return (commands.slice(0, index).findLast(isStep) ?? commands.slice(index).find(isStep))?.step;
}

function find<Command extends TraceCommand>(
  before: readonly Command[],
  after: readonly TraceCommand[],
  options: Options,
): Found<Command> | undefined {
  const now = new Map(after.map((command) => [command.key, command]));
  const old: ReadonlyMap<string, Command> = new Map(before.map((command) => [command.key, command]));
  let harmless: Found<Command> | undefined;
  for (const was of before) {
    const is = now.get(was.key);
    if (!is && options.endedEarly) continue;
    const finding = is ? compareCommands(was, is, options.isRecorded) : missing(was, after, old);
    if (!finding) continue;
    const found = { finding, before: was, ...defined({ after: is }) };
    // A digest says only that something differs. A later difference may say what.
    if (isHarmless(finding)) harmless = !harmless || harmless.finding.isVague ? found : harmless;
    else {
      return (
        earlier(found, refused(found, after, old)) ??
        earlier(found, firstExtra(after, old)) ??
        swapped(found, before, now)
      );
    }
  }
  return (options.endedEarly ? undefined : firstExtra(after, old)) ?? harmless;
}

function missing(was: TraceCommand, after: readonly TraceCommand[], old: ReadonlyMap<string, TraceCommand>): Finding {
  const instead = after.find(({ task, key }) => task === was.task && !old.has(key));
  return {
    kind: instead?.step === undefined ? kindOf(was) : 'graph',
    ...defined({ step: was.step ?? instead?.step }),
    recorded: describeCommand(was),
    now: instead ? describeCommand(instead) : notMade(was),
  };
}

function notMade({ kind, type, id }: TraceCommand): string {
  if (kind === 'update accepted') return `the Update ${type ?? id} is refused`;
  if (kind === 'update completed') return `the Update ${type ?? id} is not answered so`;
  if (/^(completed|failed|cancelled|continued as new)$/.test(kind)) return 'the run does not end here';
  return 'the code does not do it';
}

/** The first command that is only in the code. */
function firstExtra<Command extends TraceCommand>(
  after: readonly TraceCommand[],
  old: ReadonlyMap<string, TraceCommand>,
): Found<Command> | undefined {
  const extra = after.find(({ key }) => !old.has(key));
  if (!extra) return undefined;
  const finding: Finding = {
    kind: kindOf(extra),
    ...defined({ step: extra.step }),
    recorded: 'nothing',
    now: describeCommand(extra),
  };
  return { finding, after: extra };
}

/** A command that the code takes no longer. What it would have set off is missing, too, and its step is named there. */
function refused<Command extends TraceCommand>(
  { finding: { step } }: Found<Command>,
  after: readonly TraceCommand[],
  old: ReadonlyMap<string, Command>,
): Found<Command> | undefined {
  const is = after.find(({ kind, key }) => kind === 'update rejected' && !old.has(key));
  const was = is && (old.get(`update completed ${is.id}`) ?? old.get(`update accepted ${is.id}`));
  if (!was) return undefined;
  const finding: Finding = {
    kind: 'graph',
    ...defined({ step }),
    recorded: describeCommand(was),
    now: describeCommand(is),
  };
  return { finding, before: was, after: is };
}

/** An additional command in an earlier task comes first, and so does the refusal of what brought the task. */
function earlier<Command extends TraceCommand>(
  found: Found<Command>,
  extra: Found<Command> | undefined,
): Found<Command> | undefined {
  if (!extra) return undefined;
  const [task, foundIn] = [extra.after!.task, found.before!.task];
  return task < foundIn || (task === foundIn && extra.before) ? extra : undefined;
}

/** Says so when a command is made in the place of another one, and that one in its place. */
function swapped<Command extends TraceCommand>(
  found: Found<Command>,
  before: readonly Command[],
  now: ReadonlyMap<string, TraceCommand>,
): Found<Command> {
  const { before: was, after: is, finding } = found;
  if (!was || !is || isSameCommand(was, is)) return found;
  const other = before.find((each) => each !== was && isSameCommand(each, is));
  const there = other && now.get(other.key);
  if (!there || !isSameCommand(was, there)) return found;
  const text = `${finding.now}; the two have changed places`;
  return { ...found, finding: { ...finding, now: text } };
}
