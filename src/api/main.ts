import { pino } from 'pino';
import { ordersClient } from '../../services/orders/client.js';
import { loadConfigOrExit } from '../config/index.js';
import { lazyClient } from '../temporal/connection.js';
import { createApi } from './app.js';
import { OrderBook } from './book/order-book.js';

// The program of the API: serves until SIGTERM or SIGINT, then ends its streams, answers what is in flight, and ends.
// Temporal and the order book may be down when it starts.

const config = loadConfigOrExit([
  'ORDERS_URL',
  'API_KEYS',
  'PUBLIC_URL',
  'PAYMENT_WEBHOOK_SECRET',
  'CARRIER_WEBHOOK_SECRET',
  'SERVICE_TOKEN',
]);
const logger = pino({ name: 'api', level: config.logLevel });
const asked = new Promise<string>((resolve) => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve(signal));
});

const temporal = lazyClient(config);
const book = new OrderBook(
  ordersClient({ baseUrl: config.serviceUrls.orders, token: config.serviceToken, timeoutMs: 30_000 }),
  logger,
);
try {
  const app = await createApi({ config, temporal, book, logger });
  try {
    await app.listen({ host: config.host, port: config.port });
    logger.info({ url: await app.getUrl() }, 'ready');
    process.send?.('ready');
    logger.info({ signal: await asked }, 'stopping');
  } finally {
    await app.close();
  }
} catch (error) {
  logger.fatal({ err: error }, 'cannot go on');
  process.exitCode = 1;
} finally {
  await Promise.allSettled([temporal.connection.close(), book.close()]);
  // The channel to the parent would keep the process alive.
  if (process.connected) process.disconnect();
}
