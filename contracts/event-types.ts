/** The events of the payment provider and the carrier: the type of a webhook, and the name of the Signal that it becomes. */
export const eventTypes = [
  'shipment.dispatched',
  'shipment.delivered',
  'shipment.lost',
  'shipment.returned',
  'payment.succeeded',
  'payment.failed',
  'return.received',
] as const;
export type EventType = (typeof eventTypes)[number];
