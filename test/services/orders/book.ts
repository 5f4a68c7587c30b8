import { ordersClient, type OrdersClient } from '../../../services/orders/client.js';
import { ordersService } from '../../../services/orders/service.js';
import { startService } from '../../../services/support/run.js';
import { createDatabase, type TestDatabase } from '../../support/postgres.js';
import { serviceToken } from '../../support/service-token.js';

export interface TestBook {
  client: OrdersClient;
  url: string;
  /** The URL of the book's own database. */
  databaseUrl: string;
  /** Starts another instance of the service on the same database. */
  another: () => Promise<OrdersClient>;
  close: () => Promise<void>;
}

/** The orders service on a database of its own, over real HTTP. `close` drops the database. */
export async function startBook(given?: TestDatabase): Promise<TestBook> {
  const database = given ?? (await createDatabase());
  const closers: (() => Promise<void>)[] = [];
  const start = async () => {
    const service = await startService(ordersService, {
      databaseUrl: database.url,
      serviceToken,
      host: '127.0.0.1',
      port: 0,
      logLevel: 'silent',
    });
    const client = ordersClient({ baseUrl: service.url, token: serviceToken, timeoutMs: 35_000 });
    closers.push(async () => {
      await Promise.all([service.close(), client.close()]);
    });
    return { client, url: service.url };
  };
  const { client, url } = await start();
  return {
    client,
    url,
    databaseUrl: `${database.url}_orders`,
    another: async () => (await start()).client,
    close: async () => {
      await Promise.all(closers.map((close) => close()));
      await database.drop();
    },
  };
}
