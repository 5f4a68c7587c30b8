import { services, type ServiceName } from './services.js';

export const serviceNames = Object.keys(services) as ServiceName[];

/** The variable that says where a service is: `INVENTORY_URL`. */
export type ServiceUrlSetting<Name extends ServiceName = ServiceName> = `${Uppercase<Name>}_URL`;

export function urlSettingOf<Name extends ServiceName>(name: Name): ServiceUrlSetting<Name> {
  return `${name.toUpperCase()}_URL` as ServiceUrlSetting<Name>;
}

/** For programs that call every service. */
export const serviceUrlSettings: readonly ServiceUrlSetting[] = serviceNames.map(urlSettingOf);
