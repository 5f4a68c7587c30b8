import type { Handlers } from '../support/handlers.js';
import type { notificationContract } from './contract.js';
import type { Outbox } from './outbox.js';
import { list, store } from './store.js';
import type { NotificationTables } from './tables.js';

export function notificationHandlers(outbox: Outbox): Handlers<typeof notificationContract, NotificationTables> {
  return {
    notify: async ({ body }, tx) => {
      if (await store(tx, body, outbox.canMail)) outbox.wake();
      return {};
    },

    listNotifications: ({ query }, db) => list(db, query),
  };
}
