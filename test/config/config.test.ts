import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  ConfigError,
  developmentApiKeys,
  developmentWebhookSecret,
  loadConfig,
  settings,
} from '../../src/config/index.js';
import { pages, read } from '../delivery/markdown.js';

function problemsOf(env: NodeJS.ProcessEnv, needs: Parameters<typeof loadConfig>[1] = []) {
  try {
    loadConfig(env, needs);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  return undefined;
}

it('an empty environment gives the documented defaults', () => {
  const config = loadConfig({});
  expect(config).toMatchObject({
    host: '127.0.0.1',
    port: 3000,
    temporalPort: 7233,
    temporalUiPort: 8233,
    apiKeys: [
      { key: 'dev-shop', shopId: 'demo', role: 'shop' },
      { key: 'dev-operator', shopId: '*', role: 'operator' },
    ],
    developmentKeys: true,
    webhookSecrets: {
      payment: 'whsec_b3JkZXJmbG93LWRldmVsb3BtZW50LTAx',
      carrier: 'whsec_b3JkZXJmbG93LWRldmVsb3BtZW50LTAx',
    },
    carrierSimulator: false,
    temporalUiUrl: 'http://127.0.0.1:8233',
    serviceUrls: {},
    deadlines: {
      paymentMs: 30 * 60_000,
      reviewMs: 24 * 3_600_000,
      decisionMs: 24 * 3_600_000,
      autoSignMs: 14 * 86_400_000,
      returnWindowMs: 30 * 86_400_000,
    },
    stepRetryBudgetMs: 3_600_000,
    returnReviewLimit: 10_000,
    logLevel: 'info',
    temporal: { local: true, address: '127.0.0.1:7233', namespace: 'default' },
  });
  expect(config.dataDir).toBe(`${process.cwd()}/.data`);
  expect(config).not.toHaveProperty('databaseUrl');
  expect(Object.isFrozen(config.deadlines)).toBe(true);
});

it('an empty variable counts as unset', () => {
  expect(loadConfig({ PORT: '', DATABASE_URL: ' ' })).toMatchObject({ port: 3000 });
});

it.each([
  ['PORT', '70000'],
  ['PORT', '3000.5'],
  ['PORT', 'http'],
  ['PAYMENT_DEADLINE', '30'],
  ['PAYMENT_DEADLINE', '0s'],
  ['PAYMENT_DEADLINE', '-1m'],
  ['AUTO_SIGN_AFTER', '4000d'],
  ['RETURN_REVIEW_LIMIT', '10.50'],
  ['LOG_LEVEL', 'loud'],
  ['DATABASE_URL', 'mysql://u:hidden-word@h/d'],
  ['API_KEYS', 'hidden-word'],
  ['API_KEYS', 'hidden-word:demo:admin'],
  ['API_KEYS', 'hidden-word:*:shop'],
  ['API_KEYS', 'hidden-word:a b:shop'],
  ['API_KEYS', 'hidden-word:a:shop,hidden-word:b:shop'],
  ['API_KEYS', 'short:a:shop'],
  ['API_KEYS', 'hidden-word:a:shop:till 4'],
  ['API_KEYS', 'hidden-word:a:shop:till:4'],
  ['PAYMENT_WEBHOOK_SECRET', 'hidden-word'],
  ['CARRIER_WEBHOOK_SECRET', 'whsec_c2hvcnQ='],
  ['SERVICE_TOKEN', 'hidden-word'],
  ['CARRIER_SIMULATOR', 'maybe'],
  ['INVENTORY_URL', 'localhost:4000'],
  ['TEMPORAL_ADDRESS', 'http://localhost:7233'],
  ['TEMPORAL_TLS', 'maybe'],
  ['TEMPORAL_CONFIG_FILE', '/nowhere/temporal.toml'],
])('%s=%s is refused by name, with what is allowed', (name, value) => {
  const error = problemsOf({ [name]: value });
  expect(error?.problems.map((problem) => problem.name)).toEqual([name]);
  const secret = settings.find((setting) => setting.name === name)?.secret;
  expect(error?.message).toContain(secret ? `${name}: given (not shown)` : `${name}: given "${value}"`);
  expect(error?.message).toContain('allowed: ');
  expect(error?.message).not.toContain('hidden-word');
});

it('all errors are reported at once', () => {
  const error = problemsOf({ PORT: 'x', LOG_LEVEL: 'y' }, ['DATABASE_URL']);
  expect(error?.problems.map((problem) => problem.name)).toEqual(['PORT', 'LOG_LEVEL', 'DATABASE_URL']);
});

/** The keys in pages, `.env.example` and docker-compose.yml: all texts that look like an entry of API_KEYS. */
function samplesInTheRepository(): string[] {
  const texts = [...pages.map(read), read('.env.example'), read('docker-compose.yml')];
  const keys = texts.flatMap((text) =>
    [...text.matchAll(/(?<![\w.~+/=-])([\w.~+/=-]{8,}):(?:demo|\*|[a-z-]+):(?:shop|operator)\b/g)].map(
      (match) => match[1]!,
    ),
  );
  return [...new Set(keys)];
}

it('a variable that no longer exists stops the start, and the error names its replacement', () => {
  const error = problemsOf({ WEBHOOK_SECRET: developmentWebhookSecret });
  expect(error?.message).toContain(
    'WEBHOOK_SECRET: no longer exists; set PAYMENT_WEBHOOK_SECRET and CARRIER_WEBHOOK_SECRET',
  );
  expect(error?.message).not.toContain(developmentWebhookSecret);
  expect(loadConfig({ WEBHOOK_SECRET: ' ' }).webhookSecrets.payment).toBeDefined();
});

describe('beyond loopback', () => {
  it('a published key gives no access', () => {
    const config = loadConfig({ HOST: '0.0.0.0' });
    expect(config.apiKeys).toEqual([]);
    expect(config.developmentKeys).toBe(false);
    expect(config.webhookSecrets).toEqual({});
    expect(loadConfig({ PUBLIC_URL: 'https://shop.example.com' })).toMatchObject({ apiKeys: [], webhookSecrets: {} });
  });

  it('a program that needs keys reports that they are missing', () => {
    const error = problemsOf({ HOST: '0.0.0.0' }, ['API_KEYS', 'PAYMENT_WEBHOOK_SECRET', 'CARRIER_WEBHOOK_SECRET']);
    expect(error?.message).toMatch(
      /API_KEYS: not set: this program needs it.*\n.*PAYMENT_WEBHOOK_SECRET: not set: this program needs it.*\n.*CARRIER_WEBHOOK_SECRET: not/,
    );
  });

  const fresh = () => `whsec_${randomBytes(32).toString('base64')}`;
  it.each([
    ['a development key', { API_KEYS: developmentApiKeys }, 'API_KEYS', 'the key of entry 2 is a published sample'],
    ['a sample', { API_KEYS: 'a-long-random-key:demo:shop' }, 'API_KEYS', 'the key of entry 1 is a published sample'],
    ['a short key', { API_KEYS: '19-characters-long.:demo:shop' }, 'API_KEYS', 'is shorter than 20 characters'],
    [
      'the development secret',
      { CARRIER_WEBHOOK_SECRET: developmentWebhookSecret },
      'CARRIER_WEBHOOK_SECRET',
      'sample',
    ],
  ])('%s is refused', (_, env, name, reason) => {
    for (const PUBLIC_URL of ['', 'http://localhost:3000', 'http://[::1]:3000']) {
      expect(() => loadConfig({ ...env, HOST: '127.0.0.1', PUBLIC_URL })).not.toThrow();
    }
    const exposed = ['0.0.0.0', '::', 'shop.example.com', '10.0.0.1'].map((HOST) => ({ HOST }));
    for (const where of [...exposed, { PUBLIC_URL: 'https://shop.example.com' }]) {
      const error = problemsOf({ ...env, ...where });
      expect(new Set(error?.problems.map((problem) => problem.name))).toEqual(new Set([name]));
      expect(error?.message).toContain(reason);
      expect(error?.message).toContain('openssl rand');
      for (const value of Object.values(env)) {
        for (const part of value.split(/[:,]/)) if (part.length > 9) expect(error?.message).not.toContain(part);
      }
    }
  });

  it('one secret for both senders is refused, and two different ones are accepted', () => {
    const one = fresh();
    const error = problemsOf({ HOST: '0.0.0.0', PAYMENT_WEBHOOK_SECRET: one, CARRIER_WEBHOOK_SECRET: one });
    expect(error?.message).toMatch(
      /CARRIER_WEBHOOK_SECRET: given \(not shown\): it is the same as PAYMENT_WEBHOOK_SECRET/,
    );
    const own = { PAYMENT_WEBHOOK_SECRET: one, CARRIER_WEBHOOK_SECRET: fresh() };
    expect(loadConfig({ HOST: '0.0.0.0', API_KEYS: '20-characters-long..:demo:shop', ...own })).toMatchObject({
      webhookSecrets: { payment: one },
    });
  });

  it.each(samplesInTheRepository())('the sample %s of the repository is known', (sample) => {
    expect(problemsOf({ HOST: '0.0.0.0', API_KEYS: `${sample}:demo:shop` })?.message).toMatch(/sample|shorter than 20/);
  });
});

it('your own keys replace the published ones', () => {
  const config = loadConfig({ API_KEYS: 'a-long-key:shop-1:shop, another-key:*:operator' });
  expect(config.apiKeys.map(({ key }) => key)).toEqual(['a-long-key', 'another-key']);
  expect(config.apiKeys.map(({ name }) => name)).toEqual(['shop-1:shop', '*:operator']);
  expect(config.developmentKeys).toBe(false);
});

it('a key may have a name', () => {
  const { apiKeys } = loadConfig({ API_KEYS: 'a-long-key:shop-1:shop:till-4' });
  expect(apiKeys).toEqual([{ key: 'a-long-key', shopId: 'shop-1', role: 'shop', name: 'till-4' }]);
});

describe('Temporal', () => {
  it('a configured server gets the key and TLS', () => {
    const { temporal, ...config } = loadConfig({
      TEMPORAL_ADDRESS: 'orders.a1b2.tmprl.cloud:7233',
      TEMPORAL_NAMESPACE: 'orders.a1b2',
      TEMPORAL_API_KEY: 'k',
    });
    expect(temporal).toMatchObject({
      local: false,
      namespace: 'orders.a1b2',
      connectionOptions: { address: 'orders.a1b2.tmprl.cloud:7233', apiKey: 'k', tls: true },
    });
    expect(config).not.toHaveProperty('temporalUiUrl');
  });

  it('the local server does not', () => {
    const { temporal } = loadConfig({ TEMPORAL_PORT: '7500', TEMPORAL_API_KEY: 'k' });
    expect(temporal.connectionOptions).toEqual({ address: '127.0.0.1:7500' });
  });

  it('a temporal.toml is read only when a setting asks for it', () => {
    const file = new URL('./temporal.toml', import.meta.url).pathname;
    const home = { HOME: mkdtempSync(join(tmpdir(), 'orderflow-test-home-')) };
    for (const folder of ['.config', 'Library/Application Support']) {
      mkdirSync(join(home.HOME, folder, 'temporalio'), { recursive: true });
      copyFileSync(file, join(home.HOME, folder, 'temporalio', 'temporal.toml'));
    }
    expect(loadConfig(home).temporal.local).toBe(true);
    expect(loadConfig({ ...home, TEMPORAL_ADDRESS: 'h:1' }).temporal.namespace).toBe('default');
    expect(loadConfig({ ...home, TEMPORAL_PROFILE: 'other' }).temporal.namespace).toBe('elsewhere');
    rmSync(home.HOME, { recursive: true });
    expect(loadConfig({ TEMPORAL_CONFIG_FILE: file }).temporal.address).toBe('default.example:7233');
    expect(loadConfig({ TEMPORAL_CONFIG_FILE: file, TEMPORAL_PROFILE: 'other' }).temporal).toMatchObject({
      address: 'other.example:7233',
      namespace: 'elsewhere',
    });
  });
});

it('.env.example shows every setting with its default', () => {
  const lines = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8').split('\n');
  const shown = lines.flatMap((line) => /^#? ?([A-Z_]+)=(.*)$/.exec(line)?.slice(1, 3).join('=') ?? []);
  expect(shown).toEqual(settings.map(({ name, default: preset }) => `${name}=${preset ?? ''}`));
});

it('PUBLIC_URL is required when the API listens beyond loopback, and loses a slash at its end', () => {
  expect(problemsOf({ HOST: '127.0.0.1' }, ['PUBLIC_URL'])).toBeUndefined();
  expect(loadConfig({ HOST: '127.0.0.1' })).not.toHaveProperty('publicUrl');
  const missing = problemsOf({ HOST: '0.0.0.0', API_KEYS: 'a-key-of-20-characters:demo:shop' }, ['PUBLIC_URL']);
  expect(missing?.problems).toEqual([{ name: 'PUBLIC_URL', given: undefined, reason: 'this program needs it' }]);
  expect(loadConfig({ PUBLIC_URL: 'https://orders.example/' }).publicUrl).toBe('https://orders.example');
  expect(problemsOf({ PUBLIC_URL: 'orders.example' })?.problems).toMatchObject([{ name: 'PUBLIC_URL' }]);
});
