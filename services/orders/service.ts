import type { ServiceDefinition } from '../support/run.js';
import { fileOlderOrders } from './backfill.js';
import { ChangeBell } from './change-bell.js';
import { ordersContract } from './contract.js';
import { migrations } from './migrations/index.js';
import { ordersHandlers } from './routes.js';

export const ordersService: ServiceDefinition<typeof ordersContract> = {
  name: 'orders',
  contract: ordersContract,
  migrations,
  // A view of 500 lines in 50 parcels with all its steps has about 300 KiB.
  bodyLimit: 4 * 1024 * 1024,
  create: ({ db, databaseUrl, log }) => {
    const bell = new ChangeBell(databaseUrl, log);
    return {
      handlers: ordersHandlers(db, bell, log),
      background: async (signal) => {
        await Promise.all([bell.run(signal), fileOlderOrders(db, log, signal)]);
      },
    };
  },
};
