import type { RetiredName } from './retired.js';
import { settings, type SettingName } from './settings.js';

/** One variable that cannot be used as it is. */
export interface ConfigProblem {
  /** Of a setting, or of one that there was. */
  name: SettingName | RetiredName;
  /** Undefined: it is not set. */
  given: string | undefined;
  reason: string;
}

/**
 * The environment cannot be used. The message has a line for each wrong variable: its name, what was given (secrets are
 * not shown), what is allowed. Programs print it and end with status 2.
 */
export class ConfigError extends Error {
  override name = 'ConfigError';

  constructor(readonly problems: readonly ConfigProblem[]) {
    super(['The configuration cannot be used:', ...problems.map((problem) => `  ${describe(problem)}`)].join('\n'));
  }
}

function describe({ name, given, reason }: ConfigProblem): string {
  const about = settings.find((setting) => setting.name === name);
  if (!about) return `${name}: ${reason}`;
  const shown = given === undefined ? 'not set' : about.secret ? 'given (not shown)' : `given "${given}"`;
  return `${name}: ${shown}: ${reason}; allowed: ${about.allowed}`;
}
