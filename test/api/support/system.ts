import { pino, type Logger } from 'pino';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ordersClient, type OrdersClient } from '../../../services/orders/client.js';
import { ordersService } from '../../../services/orders/service.js';
import { startService, type RunningService } from '../../../services/support/run.js';
import { createApi } from '../../../src/api/app.js';
import type { Limits } from '../../../src/api/limits.js';
import { OrderBook } from '../../../src/api/book/order-book.js';
import { loadConfig, type Config } from '../../../src/config/index.js';
import { lazyClient, type TemporalClientOptions } from '../../../src/temporal/connection.js';
import { startDevServer, type DevServer } from '../../support/dev-server.js';
import { createDatabase, type TestDatabase } from '../../support/postgres.js';
import { Caller } from './caller.js';
import { serviceToken } from '../../support/service-token.js';

export const keys = {
  shop: 'test-key-of-the-shop-demo',
  otherShop: 'test-key-of-the-shop-other',
  shopOperator: 'test-key-of-demo-operator',
  operator: 'test-key-of-the-operator',
};
const apiKeys = [
  `${keys.shop}:demo:shop`,
  `${keys.otherShop}:other:shop`,
  `${keys.shopOperator}:demo:operator`,
  `${keys.operator}:*:operator:back-office`,
].join(',');

/** An address where nothing listens: for an API without Temporal, or without the order book. */
export const nowhere = '127.0.0.1:1';

/** The environment of an API on this Temporal and this order book. */
export function apiEnvironment(temporalAddress: string, ordersUrl: string, port = 0): Record<string, string> {
  return {
    PORT: String(port),
    API_KEYS: apiKeys,
    TEMPORAL_ADDRESS: temporalAddress,
    TEMPORAL_UI_URL: 'http://temporal-ui.test',
    ORDERS_URL: ordersUrl,
    SERVICE_TOKEN: serviceToken,
    LOG_LEVEL: 'error',
  };
}

export interface ApiOnly {
  config: Config;
  app: NestFastifyApplication;
  url: string;
  close: () => Promise<void>;
}

/** The real API in this process, on a free port unless PORT names one. */
export async function startApi(
  temporalAddress: string,
  ordersUrl: string,
  env: Record<string, string> = {},
  logger: Logger = pino({ level: env.LOG_LEVEL ?? 'error' }),
  temporalOptions: TemporalClientOptions = {},
  limits: Partial<Limits> = {},
): Promise<ApiOnly> {
  const config = loadConfig({ ...apiEnvironment(temporalAddress, ordersUrl), ...env });
  const temporal = lazyClient(config, temporalOptions);
  const book = new OrderBook(ordersClient({ baseUrl: ordersUrl, token: serviceToken, timeoutMs: 30_000 }), logger);
  const app = await createApi({ config, temporal, book, logger, limits });
  await app.listen({ host: '127.0.0.1', port: Number(env.PORT ?? 0) });
  return {
    config,
    app,
    url: await app.getUrl(),
    close: async () => {
      await app.close();
      await Promise.allSettled([temporal.connection.close(), book.close()]);
    },
  };
}

export interface ApiSystem {
  temporal: DevServer;
  database: TestDatabase;
  book: RunningService;
  /** Publishes views in place of a run. */
  bookClient: OrdersClient;
  api: ApiOnly;
  as: (key: keyof typeof keys | undefined) => Caller;
  /** Those that `startWorker` has started and nobody has stopped. */
  workers: Set<{ stop: () => Promise<void> }>;
  /** Stops its workers, and then all of it. */
  close: () => Promise<void>;
}

/** A real Temporal server, the order book on PostgreSQL and the API, without a worker. */
export async function startSystem(env: Record<string, string> = {}): Promise<ApiSystem> {
  const [temporal, database] = await Promise.all([startDevServer(), createDatabase()]);
  const book = await startBook(database);
  const api = await startApi(temporal.address, book.url, env);
  const bookClient = ordersClient({ baseUrl: book.url, token: serviceToken });
  const workers: ApiSystem['workers'] = new Set();
  return {
    temporal,
    database,
    book,
    bookClient,
    api,
    as: (key) => new Caller(api.url, key && keys[key]),
    workers,
    close: async () => {
      await Promise.all([...workers].map((worker) => worker.stop()));
      await api.close();
      await bookClient.close();
      await book.close();
      await Promise.all([temporal.stop(), database.drop()]);
    },
  };
}

export function startBook(database: TestDatabase): Promise<RunningService> {
  const settings = { databaseUrl: database.url, serviceToken, host: '127.0.0.1', port: 0, logLevel: 'error' };
  return startService(ordersService, settings);
}
