import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { SystemParts } from '../../src/api/health/parts.js';
import type * as registry from '../../src/config/services.js';
import { loadConfig, serviceUrlSettings, settings, type ServiceName } from '../../src/config/index.js';
import { findSystem } from '../../tools/cli/find-system.js';
import { chooseAddresses } from '../../tools/local/addresses.js';
import { partNames, partSpecs } from '../../tools/local/parts.js';
import { serviceToken } from '../support/service-token.js';
import type { TemporalClient } from '../../src/temporal/connection.js';

/** These tests add one entry to the registry. Everything else must follow from it. */
vi.mock('../../src/config/services.js', async (original) => {
  const { services } = await original<typeof registry>();
  return { services: { ...services, billing: { purpose: 'invoices', settings: ['MAIL_FROM'] } } };
});
const billing = 'billing' as ServiceName;

const env = {
  PATH: process.env.PATH,
  PORT: '0',
  TEMPORAL_PORT: '0',
  TEMPORAL_UI_PORT: '0',
  DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
  MAIL_FROM: 'shop@example.com',
  SMTP_URL: 'smtp://127.0.0.1:25',
};

const server = createServer((_, response) => response.end('{}'));
let url: string;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

it('has a URL in the configuration, with its description', () => {
  expect(loadConfig({ BILLING_URL: 'http://billing:3000' }).serviceUrls).toEqual({ billing: 'http://billing:3000' });
  expect(() => loadConfig({ BILLING_URL: 'billing' })).toThrow('BILLING_URL: given "billing"');
  expect(settings.find(({ name }) => (name as string) === 'BILLING_URL')?.description).toBe(
    'The billing service: invoices.',
  );
});

it('is needed by programs that call every service', () => {
  expect(() => loadConfig({}, serviceUrlSettings)).toThrow('BILLING_URL: not set: this program needs it');
});

it('is a part of the local system, with the settings that it reads', async () => {
  const config = { ...loadConfig(env), serviceToken };
  const addresses = await chooseAddresses(config);
  const parts = partSpecs({ config, addresses, env });
  expect(partNames).toContain(billing);
  expect(parts.map(({ name }) => name)).toContain(billing);
  const program = await parts.find(({ name }) => name === billing)!.prepare();
  expect(program.args.at(-1)).toMatch(/services\/billing\/main\.js$/);
  expect(program.env).toMatchObject({ DATABASE_URL: env.DATABASE_URL, MAIL_FROM: env.MAIL_FROM });
  expect(program.env).not.toHaveProperty('SMTP_URL');
  for (const caller of ['worker', 'api']) {
    const { env: given } = await parts.find(({ name }) => name === caller)!.prepare();
    expect(given).toMatchObject({ BILLING_URL: addresses.services[billing].url });
  }
});

it('is asked for its health, and is found by the commands', async () => {
  const config = loadConfig({ ...env, BILLING_URL: url });
  const temporal = { options: { namespace: 'default' }, withDeadline: () => Promise.reject(new Error('away')) };
  const parts = new SystemParts(config, temporal as unknown as TemporalClient);
  expect(await parts.check()).toMatchObject({ temporal: 'down', payment: 'down', billing: 'up' });
  expect(findSystem(config).url(billing)).toBe(url);
});
