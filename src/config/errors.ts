import type { RetiredName } from './retired.js';
import { settings, type SettingName } from './settings.js';

/** What is wrong with one variable. */
export interface ConfigProblem {
  /** A setting, or one of an earlier version. */
  name: SettingName | RetiredName;
  /** Undefined if it is not set. */
  given: string | undefined;
  reason: string;
}

/**
 * The environment is not a valid configuration. The message has a line for each wrong variable: its name, the given value (a secret
 * is not shown), the reason, and what is allowed. Programs print it and exit with status 2.
 */
export class ConfigError extends Error {
  override name = 'ConfigError';

  constructor(readonly problems: readonly ConfigProblem[]) {
    super(['The configuration is not valid:', ...problems.map((problem) => `  ${describe(problem)}`)].join('\n'));
  }
}

function describe({ name, given, reason }: ConfigProblem): string {
  const about = settings.find((setting) => setting.name === name);
  if (!about) return `${name}: ${reason}`;
  const shown = given === undefined ? 'not set' : about.secret ? 'given (not shown)' : `given "${given}"`;
  return `${name}: ${shown}: ${reason}; allowed: ${about.allowed}`;
}
