import { shippingClient, type ShippingClient } from '../../../services/shipping/client.js';
import type { CarrierOptions } from '../../../services/shipping/carrier-simulator.js';
import { shippingService } from '../../../services/shipping/service.js';
import { startService } from '../../../services/support/run.js';
import { serviceToken } from '../../support/service-token.js';

export interface TestShipping {
  client: ShippingClient;
  url: string;
  close: () => Promise<void>;
}

export async function startShipping(databaseUrl: string, carrier: CarrierOptions): Promise<TestShipping> {
  const settings = { databaseUrl, serviceToken, host: '127.0.0.1', port: 0, logLevel: 'silent' };
  const service = await startService(shippingService(carrier), settings);
  const client = shippingClient({ baseUrl: service.url, token: serviceToken });
  return {
    client,
    url: service.url,
    close: async () => {
      await Promise.all([service.close(), client.close()]);
    },
  };
}

/** A call that books the parcel of an order from the warehouse `east`. */
export function booking(orderId: string, carrier: 'simulated' | 'external' = 'simulated', key = `${orderId}:book`) {
  const address = { name: 'Ada', line1: 'Street 1', city: 'Berlin', postalCode: '10115', country: 'DE' };
  const lines = [{ sku: 'mug', quantity: 2 }];
  const body = { shipmentId: `${orderId}-east`, orderId, warehouse: 'east', carrier, lines, address };
  return { key, body };
}

export function cancellation(orderId: string, key = `${orderId}:cancel`) {
  return { key, params: { shipmentId: `${orderId}-east` }, body: { orderId } };
}
