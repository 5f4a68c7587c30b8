import type { ServiceDefinition } from '../support/run.js';
import { paymentContract } from './contract.js';
import { migrations } from './migrations/index.js';
import { paymentHandlers } from './routes.js';

export const paymentService: ServiceDefinition<typeof paymentContract> = {
  name: 'payment',
  contract: paymentContract,
  migrations,
  create: () => ({ handlers: paymentHandlers }),
};
