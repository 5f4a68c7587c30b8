import { ordersClient } from '../../services/orders/client.js';
import { loadConfigOrExit } from '../config/index.js';
import { runProgram } from '../platform/program.js';
import { lazyClient } from '../temporal/connection.js';
import { checkNamespace } from '../temporal/namespace.js';
import { waitForTemporal } from '../temporal/wait-for-temporal.js';
import { createApi } from './app.js';
import { OrderBook } from './book/order-book.js';

/** Connections that wait to be accepted. With Node's 511, a burst of a thousand waits a second for the kernel to try again. */
const backlog = 4096;

// The API as a program. It starts also while Temporal and the order book are down.

const config = loadConfigOrExit([
  'ORDERS_URL',
  'API_KEYS',
  'PUBLIC_URL',
  'PAYMENT_WEBHOOK_SECRET',
  'CARRIER_WEBHOOK_SECRET',
  'SERVICE_TOKEN',
]);

await runProgram({ name: 'api', logLevel: config.logLevel }, async (logger, stopping) => {
  const temporal = lazyClient(config);
  const book = new OrderBook(
    ordersClient({ baseUrl: config.serviceUrls.orders, token: config.serviceToken, timeoutMs: 30_000 }),
    logger,
  );
  const close = () => Promise.allSettled([temporal.connection.close(), book.close()]);
  try {
    const app = await createApi({ config, temporal, book, logger });
    await app.listen({ host: config.host, port: config.port, backlog });
    // It answers also while Temporal is down, and says so in its log.
    const ask = () => checkNamespace(temporal.connection, config.temporal.namespace, 1_500);
    waitForTemporal(config, logger, stopping, ask).catch(() => 'The API stops.');
    return {
      url: await app.getUrl(),
      close: async () => {
        await app.close();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
});
