/**
 * The only list of the services, in the order in which people see them. Settings and their documents, the local system, the worker's task
 * queues and the health check follow from it.
 *
 * A new service is a folder services/NAME, activities/NAME.ts, and an entry here. Then the compiler asks for a line in
 * src/worker/activities.ts, and test/delivery/compose.test.ts for a container.
 *
 * `purpose` describes the setting NAME_URL. `settings` are those that this service alone reads, besides HOST, PORT, DATABASE_URL,
 * SERVICE_TOKEN and LOG_LEVEL.
 */
export const services = {
  orders: { purpose: 'the order book, which answers lists and reads', settings: [] },
  inventory: { purpose: 'stock and reservations', settings: [] },
  payment: { purpose: 'risk screen, authorizations, captures, refunds', settings: [] },
  shipping: {
    purpose: 'bookings at the carrier',
    settings: ['CARRIER_SIMULATOR', 'ORDERFLOW_URL', 'CARRIER_WEBHOOK_SECRET'],
  },
  notification: { purpose: 'mail to the customer', settings: ['SMTP_URL', 'MAIL_FROM'] },
} as const satisfies Record<string, { readonly purpose: string; readonly settings: readonly string[] }>;

export type ServiceName = keyof typeof services;
