import type { InventoryActivities } from './inventory.js';
import type { NotificationActivities } from './notification.js';
import type { OrdersActivities } from './orders.js';
import type { PaymentActivities } from './payment.js';
import type { ShippingActivities } from './shipping.js';

/** The activities of each service. Processes call these, workers register these, and the fake services of the tests answer these. */
export interface Activities {
  orders: OrdersActivities;
  inventory: InventoryActivities;
  payment: PaymentActivities;
  shipping: ShippingActivities;
  notification: NotificationActivities;
}

/** The name under which a worker registers an activity: `<service>.<operation>`. */
export type ActivityName = {
  [Service in keyof Activities]: `${Service}.${keyof Activities[Service] & string}`;
}[keyof Activities];

export type ActivitiesByName = {
  [Name in ActivityName]: Name extends `${infer Service extends keyof Activities}.${infer Operation}`
    ? Operation extends keyof Activities[Service]
      ? Activities[Service][Operation]
      : never
    : never;
};
