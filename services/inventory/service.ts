import type { ServiceDefinition } from '../support/run.js';
import { inventoryContract } from './contract.js';
import { sweepEverySecond } from './expiry.js';
import { migrations } from './migrations/index.js';
import { inventoryHandlers } from './routes.js';

export const inventoryService: ServiceDefinition<typeof inventoryContract> = {
  name: 'inventory',
  contract: inventoryContract,
  migrations,
  create: ({ db, log }) => ({
    handlers: inventoryHandlers,
    background: (signal) => sweepEverySecond(db, log, signal),
  }),
};
