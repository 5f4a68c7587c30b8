import type { ConfigProblem } from './errors.js';
import type { SettingName, Values } from './settings.js';

export const developmentApiKeys = 'dev-shop:demo:shop,dev-operator:*:operator';
export const developmentWebhookSecret = 'whsec_b3JkZXJmbG93LWRldmVsb3BtZW50LTAx';

/** Keys and secrets that are or were published in this repository. */
const samples = new Set([
  'dev-shop',
  'dev-operator',
  developmentWebhookSecret,
  'some-long-random-key',
  'a-long-random-key',
  'another-long-random-key',
]);
const shortestKey = 20;

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** Whether others can reach the program, through its interface or through a proxy in front of it. */
export function isExposed({ HOST = '127.0.0.1', PUBLIC_URL }: Partial<Record<SettingName, string>>): boolean {
  if (!isLoopback(HOST)) return true;
  if (PUBLIC_URL === undefined || !URL.canParse(PUBLIC_URL)) return false;
  return !isLoopback(new URL(PUBLIC_URL).hostname.replace(/^\[|\]$/g, ''));
}

/** Finds keys and secrets that can be guessed or looked up. They are refused if others can reach the program. */
export function problemsWhereExposed(values: Values, given: Partial<Record<SettingName, string>>): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const refuse = (name: SettingName, reason: string) => {
    problems.push({
      name,
      given: given[name],
      reason: `${reason}, and others can reach the API by HOST or PUBLIC_URL; make a new one with \`openssl rand\``,
    });
  };
  for (const [index, { key }] of (values.API_KEYS ?? []).entries()) {
    if (samples.has(key)) refuse('API_KEYS', `the key of entry ${index + 1} is a published sample`);
    else if (key.length < shortestKey) {
      refuse('API_KEYS', `the key of entry ${index + 1} is shorter than ${shortestKey} characters`);
    }
  }
  for (const name of ['PAYMENT_WEBHOOK_SECRET', 'CARRIER_WEBHOOK_SECRET', 'SERVICE_TOKEN'] as const) {
    if (samples.has(values[name] ?? '')) refuse(name, 'it is a published sample');
  }
  const { PAYMENT_WEBHOOK_SECRET: payment, CARRIER_WEBHOOK_SECRET: carrier } = values;
  if (payment !== undefined && payment === carrier) {
    refuse('CARRIER_WEBHOOK_SECRET', 'it is the same as PAYMENT_WEBHOOK_SECRET');
  }
  return problems;
}
