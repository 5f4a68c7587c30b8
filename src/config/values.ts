import { z } from 'zod';

/** Reads the text of an environment variable. */
type Reader<T> = (text: string) => T | Wrong;

/** Says why a text is not a valid value. */
class Wrong {
  constructor(readonly message: string) {}
}

function read<T>(reader: Reader<T>) {
  return z.string().transform((text, context): T => {
    const value = reader(text);
    if (!(value instanceof Wrong)) return value;
    context.addIssue({ code: 'custom', message: value.message });
    return z.NEVER;
  });
}

/** A TCP port; 0 stands for a free one. */
export const port = () =>
  read((text) => (/^\d{1,5}$/.test(text) && Number(text) <= 65_535 ? Number(text) : new Wrong('not a TCP port')));

const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const longestMs = 3650 * unitMs.d;

/** A length of time such as `90s`, in milliseconds. */
export const duration = () =>
  read((text) => {
    const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text);
    if (!match) return new Wrong('not a duration');
    const ms = Math.round(Number(match[1]) * unitMs[match[2] as keyof typeof unitMs]);
    if (ms < 1) return new Wrong('it must be longer than 0');
    return ms > longestMs ? new Wrong('it is longer than 3650d') : ms;
  });

/** An amount of money in minor units. */
export const amount = () =>
  read((text) =>
    /^\d{1,13}$/.test(text) && Number(text) <= 1e12 ? Number(text) : new Wrong('not a whole number in range'),
  );

export const count = (least: number, most: number) =>
  read((text) => {
    const number = /^\d{1,7}$/.test(text) ? Number(text) : Number.NaN;
    return number >= least && number <= most ? number : new Wrong(`not a whole number from ${least} to ${most}`);
  });

export const url = (...protocols: string[]) =>
  read((text) => {
    if (!URL.canParse(text)) return new Wrong('not a URL');
    const { protocol } = new URL(text);
    if (!protocols.includes(protocol)) return new Wrong(`${protocol} is not one of ${protocols.join(', ')}`);
    return text.replace(/\/+$/, '');
  });

/** `host:port` for gRPC. */
export const address = () =>
  read((text) => (/^(\[[0-9a-fA-F:.]+\]|[^\s/:]+)(:\d{1,5})?$/.test(text) ? text : new Wrong('not host:port')));

export const host = () =>
  read((text) => (/^[A-Za-z0-9.:-]+$/.test(text) ? text : new Wrong('not a host name or address')));

export const oneOf = <const T extends string>(...allowed: T[]) =>
  read((text) => allowed.find((word) => word === text) ?? new Wrong('not an allowed word'));

export const flag = () =>
  read((text) => {
    if (['true', '1'].includes(text.toLowerCase())) return true;
    return ['false', '0'].includes(text.toLowerCase()) ? false : new Wrong('neither true nor false');
  });

/** The name of a deployment or of a build. Temporal joins the two by a dot or a colon. */
export const versionName = () =>
  read((text) => (/^[\w-]{1,60}$/.test(text) ? text : new Wrong('not 1 to 60 letters, digits, _ and -')));

export const text = () => z.string();

export interface ApiKey {
  key: string;
  /** The one shop that the key may see, or `*` for all. */
  shopId: string;
  role: 'shop' | 'operator';
  /** Logs and histories show it instead of the key; `shopId:role` by default. */
  name: string;
}

export const apiKeys = () =>
  read((text) => {
    const keys: ApiKey[] = [];
    for (const [index, entry] of text.split(',').entries()) {
      const [key, shopId, role, name = `${shopId}:${role}`, ...rest] = entry.trim().split(':');
      const where = `entry ${index + 1}`; // Not the entry itself, because it contains a key.
      if (!key || !shopId || !role || rest.length) {
        return new Wrong(`${where} is not key:shopId:role or key:shopId:role:name`);
      }
      if (!/^[A-Za-z0-9._~+/=-]{8,255}$/.test(key)) {
        return new Wrong(`${where}: the key is not 8 to 255 characters of A-Za-z0-9._~+/=-`);
      }
      if (shopId !== '*' && !/^[A-Za-z0-9._-]{1,64}$/.test(shopId)) {
        return new Wrong(`${where}: ${shopId} is not a shop id`);
      }
      if (role !== 'shop' && role !== 'operator') return new Wrong(`${where}: ${role} is not a role`);
      if (role === 'shop' && shopId === '*') return new Wrong(`${where}: a key of role shop belongs to one shop`);
      if (name !== `${shopId}:${role}` && !/^[A-Za-z0-9._-]{1,64}$/.test(name)) {
        return new Wrong(`${where}: the name is not 1 to 64 characters of A-Za-z0-9._-`);
      }
      if (keys.some((other) => other.key === key)) return new Wrong(`${where}: the key is repeated`);
      keys.push({ key, shopId, role, name });
    }
    return keys;
  });

/** The token that callers of the services send. */
export const token = () =>
  read((text) =>
    /^[A-Za-z0-9._~+/=-]{20,255}$/.test(text) ? text : new Wrong('not 20 to 255 characters of A-Za-z0-9._~+/=-'),
  );

/** A secret of Standard Webhooks, with its prefix. */
export const webhookSecret = () =>
  read((text) => {
    const base64 = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text)?.[1];
    if (!base64) return new Wrong('not whsec_ and base64');
    const bytes = Buffer.from(base64, 'base64');
    if (bytes.toString('base64').replace(/=+$/, '') !== base64.replace(/=+$/, '')) return new Wrong('not base64');
    return bytes.length >= 24 && bytes.length <= 64 ? text : new Wrong(`it has ${bytes.length} bytes`);
  });
