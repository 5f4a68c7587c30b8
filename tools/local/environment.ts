import type { SettingName } from '../../src/config/index.js';

/** The shell variables that every program gets. It gets no others: they may hold keys of other products, for example. */
const shell = [
  'PATH',
  'HOME',
  'USER',
  'LANG',
  'LC_ALL',
  'TZ',
  'TMPDIR',
  'XDG_CACHE_HOME',
  'XDG_CONFIG_HOME',
  'NODE_OPTIONS',
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
];

/** Selects the variables for a program: the shell variables above and the settings that it reads. */
export function environmentFor(env: NodeJS.ProcessEnv, settings: readonly SettingName[] = []): NodeJS.ProcessEnv {
  const given = [...shell, ...settings].filter((name) => env[name] !== undefined);
  return Object.fromEntries(given.map((name) => [name, env[name]]));
}
