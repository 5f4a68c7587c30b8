/**
 * The services that orders need, in the order in which they are listed to people. This is their only list: settings and their documents, the
 * local system, the worker's task queues and the health check follow from it, and tests hold docker-compose.yml and the worker's clients to it.
 *
 * A service's program is services/NAME/main.ts. `purpose` describes it where its URL is configured; `settings` are those that it alone reads,
 * beside HOST, PORT, DATABASE_URL, SERVICE_TOKEN and LOG_LEVEL.
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
