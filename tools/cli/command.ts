import type { Command } from 'commander';
import { ConfigError } from '../../src/config/index.js';

/** Exit statuses of every command. */
export const exit = { right: 0, wrong: 1, couldNotRun: 2 } as const;
export type ExitStatus = (typeof exit)[keyof typeof exit];

/** A command could not do its work. The message says what is wrong and what to do; it is shown without a stack trace. */
export class CannotRun extends Error {}

/**
 * Runs a command and sets the exit status. It does not force the exit, so that all output is written. A command must close what it opened.
 *
 * @param act parses the arguments and does the work.
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

/** Describes a command. A wrong option ends it with status 2 instead of commander's 1. */
export function command(name: string, description: string, program: Command): Command {
  return program
    .name(name)
    .description(description)
    .showHelpAfterError()
    .exitOverride((error) => {
      process.exit(error.exitCode === 0 ? exit.right : exit.couldNotRun);
    });
}

/** Makes commander read an option as a whole number from 1. */
export function wholeNumber(option: string): (text: string) => number {
  return (text) => {
    if (!/^[1-9]\d{0,8}$/.test(text)) throw new CannotRun(`${option} is "${text}"; allowed: a whole number, 1 or more`);
    return Number(text);
  };
}
