import type { ConfigProblem } from './errors.js';
import type { SettingName, Values } from './settings.js';

export const developmentApiKeys = 'dev-shop:demo:shop,dev-operator:*:operator';
export const developmentWebhookSecret = 'whsec_b3JkZXJmbG93LWRldmVsb3BtZW50LTAx';

/** Keys and secrets that stand, or stood, in this repository: everybody knows them. */
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

/** Whether others can reach the program: by its interface, or by a proxy in front of it. */
export function isExposed({ HOST = '127.0.0.1', PUBLIC_URL }: Partial<Record<SettingName, string>>): boolean {
  if (!isLoopback(HOST)) return true;
  if (PUBLIC_URL === undefined || !URL.canParse(PUBLIC_URL)) return false;
  return !isLoopback(new URL(PUBLIC_URL).hostname.replace(/^\[|\]$/g, ''));
}

/** What is wrong with keys and secrets where others can reach the program: there, nothing holds that can be guessed or looked up. */
export function problemsWhereExposed(values: Values, given: Partial<Record<SettingName, string>>): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const refuse = (name: SettingName, reason: string) => {
    problems.push({
      name,
      given: given[name],
      reason: `${reason}, and others can reach this (HOST, PUBLIC_URL); make one with \`openssl rand\``,
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
    refuse('CARRIER_WEBHOOK_SECRET', 'it is PAYMENT_WEBHOOK_SECRET again');
  }
  return problems;
}
