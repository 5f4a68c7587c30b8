import { expect, it } from 'vitest';
import { developmentWebhookSecret, loadConfig, serviceNames } from '../../../src/config/index.js';
import { chooseAddresses } from '../../../tools/local/addresses.js';
import { partSpecs } from '../../../tools/local/parts.js';
import { serviceToken } from '../../support/service-token.js';

const env = {
  PATH: process.env.PATH,
  HOME: process.env.HOME,
  PORT: '0',
  TEMPORAL_PORT: '0',
  TEMPORAL_UI_PORT: '0',
  DATA_DIR: '/nowhere',
  API_KEYS: 'key-of-a-shop:demo:shop',
  PAYMENT_WEBHOOK_SECRET: developmentWebhookSecret,
  CARRIER_WEBHOOK_SECRET: developmentWebhookSecret,
  SMTP_URL: 'smtp://user:password@127.0.0.1:2525',
  TEMPORAL_API_KEY: 'key-of-another-temporal',
  SECRET_OF_ANOTHER_PRODUCT: 'hidden',
};

/** Lists the variable names in the environment of each Node program. */
async function environments(extra: NodeJS.ProcessEnv = {}): Promise<Record<string, string[]>> {
  const given = { ...env, ...extra };
  const config = { ...loadConfig(given), serviceToken };
  const addresses = await chooseAddresses(config);
  const programs = partSpecs({ config, addresses, env: given }).filter(
    ({ name }) => name === 'api' || name === 'worker' || (serviceNames as readonly string[]).includes(name),
  );
  const entries = programs.map(async ({ name, prepare }) => [name, Object.keys((await prepare()).env)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

const having = (parts: Record<string, string[]>, name: string) =>
  Object.keys(parts)
    .filter((part) => parts[part]!.includes(name))
    .sort();

it('each part gets the secrets that it needs, and no others', async () => {
  const parts = await environments();
  expect(Object.keys(parts).sort()).toEqual([...serviceNames, 'api', 'worker'].sort());
  expect(having(parts, 'API_KEYS')).toEqual(['api']);
  expect(having(parts, 'DATABASE_URL')).toEqual([...serviceNames].sort());
  expect(having(parts, 'SERVICE_TOKEN')).toEqual([...serviceNames, 'api', 'worker'].sort());
  expect(having(parts, 'PAYMENT_WEBHOOK_SECRET')).toEqual(['api']);
  expect(having(parts, 'CARRIER_WEBHOOK_SECRET')).toEqual(['api']);
  expect(having(parts, 'SMTP_URL')).toEqual(['notification']);
  expect(having(parts, 'SECRET_OF_ANOTHER_PRODUCT')).toEqual([]);
});

it('keys for a remote Temporal reach no part while the local one is used, else only API and worker', async () => {
  expect(having(await environments(), 'TEMPORAL_API_KEY')).toEqual([]);
  const named = await environments({ TEMPORAL_ADDRESS: 'temporal.example.com:7233' });
  expect(having(named, 'TEMPORAL_API_KEY')).toEqual(['api', 'worker']);
});

it('the part that simulates the carrier has its secret', async () => {
  expect(having(await environments({ CARRIER_SIMULATOR: 'true' }), 'CARRIER_WEBHOOK_SECRET')).toEqual([
    'api',
    'shipping',
  ]);
});
