import type { ServiceContext, ServiceDefinition } from '../support/run.js';
import { CarrierSimulator, type CarrierOptions } from './carrier-simulator.js';
import { shippingContract } from './contract.js';
import { migrations } from './migrations/index.js';
import { shippingHandlers } from './routes.js';
import type { ShippingTables } from './tables.js';

/**
 * The shipping service's program.
 *
 * @param carrier where the carrier of `simulated` parcels is played. Absent: it is not, and such a parcel waits for news from outside like any other.
 */
export function shippingService(carrier?: CarrierOptions): ServiceDefinition<typeof shippingContract, ShippingTables> {
  let simulator: CarrierSimulator | undefined;
  const simulatorOf = ({ db, log }: ServiceContext<ShippingTables>) =>
    (simulator ??= carrier && new CarrierSimulator(db, carrier, log));
  return {
    name: 'shipping',
    contract: shippingContract,
    migrations,
    handlers: (context) => shippingHandlers(simulatorOf(context)),
    background: (context) => simulatorOf(context)?.run(context.signal) ?? Promise.resolve(),
  };
}
