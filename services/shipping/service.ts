import type { ServiceDefinition } from '../support/run.js';
import { CarrierSimulator, type CarrierOptions } from './carrier-simulator.js';
import { shippingContract } from './contract.js';
import { migrations } from './migrations/index.js';
import { shippingHandlers } from './routes.js';

/** @param carrier options of the carrier simulator. Without it, `simulated` parcels wait for events from outside, like all others. */
export function shippingService(carrier?: CarrierOptions): ServiceDefinition<typeof shippingContract> {
  return {
    name: 'shipping',
    contract: shippingContract,
    migrations,
    create: ({ db, log }) => {
      if (!carrier) return { handlers: shippingHandlers() };
      const simulator = new CarrierSimulator(db, carrier, log);
      return { handlers: shippingHandlers(simulator), background: (signal) => simulator.run(signal) };
    },
  };
}
