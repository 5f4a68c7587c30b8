import type { ServiceDefinition } from '../support/run.js';
import { inventoryContract } from './contract.js';
import { sweepAgainAndAgain } from './expiry.js';
import { migrations } from './migrations/index.js';
import { handlers } from './routes.js';
import type { InventoryTables } from './tables.js';

export const inventoryService: ServiceDefinition<typeof inventoryContract, InventoryTables> = {
  name: 'inventory',
  contract: inventoryContract,
  migrations,
  handlers: () => handlers,
  background: ({ db, log, signal }) => sweepAgainAndAgain(db, log, signal),
};
