import type { SettingName } from '../../src/config/index.js';

/** What a program needs of the person's shell. Everything else in it, keys of other products for example, is none of its business. */
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

/** The part of an environment that a program is given: the shell's, and the settings that it reads. */
export function environmentFor(env: NodeJS.ProcessEnv, settings: readonly SettingName[] = []): NodeJS.ProcessEnv {
  const given = [...shell, ...settings].filter((name) => env[name] !== undefined);
  return Object.fromEntries(given.map((name) => [name, env[name]]));
}
