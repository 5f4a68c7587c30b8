import type { Command } from 'commander';
import { ConfigError } from '../../src/config/index.js';

/** Exit statuses of every command. */
export const exit = { right: 0, wrong: 1, couldNotRun: 2 } as const;
export type ExitStatus = (typeof exit)[keyof typeof exit];

/** Why a command could not do its work at all. The message tells a person what was wrong and what to do; no stack is shown. */
export class CannotRun extends Error {}

/**
 * Runs a command to its exit status. The status is set, not forced, so that output is flushed; whatever a command opened it
 * has to close.
 *
 * @param act parses and acts; answers the exit status.
 */
export async function runCommand(program: Command, act: () => Promise<ExitStatus>): Promise<void> {
  try {
    process.exitCode = await act();
  } catch (error) {
    process.exitCode = exit.couldNotRun;
    if (error instanceof CannotRun || error instanceof ConfigError) {
      process.stderr.write(`${program.name()}: ${error.message}\n`);
    } else {
      process.stderr.write(
        `${program.name()}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
      );
    }
  }
}

/** commander ends with status 1 on a wrong option; here that is "could not run". */
export function command(name: string, description: string, program: Command): Command {
  return program
    .name(name)
    .description(description)
    .showHelpAfterError()
    .exitOverride((error) => {
      process.exit(error.exitCode === 0 ? exit.right : exit.couldNotRun);
    });
}

/** For commander: an option's whole number from 1 on. */
export function wholeNumber(option: string): (text: string) => number {
  return (text) => {
    if (!/^[1-9]\d{0,8}$/.test(text)) throw new CannotRun(`${option} is "${text}"; allowed: a whole number from 1 on`);
    return Number(text);
  };
}
