export type { Config } from './config.js';
export { ConfigError } from './errors.js';
export { developmentApiKeys, developmentWebhookSecret } from './exposed.js';
export { loadConfig, loadConfigOrExit, userEnvironment } from './load.js';
export { serviceNames, serviceUrlSettings, urlSettingOf } from './service-names.js';
export { services, type ServiceName } from './services.js';
export { settings, type Setting, type SettingName } from './settings.js';
export type { TemporalConfig } from './temporal.js';
export type { ApiKey } from './values.js';
