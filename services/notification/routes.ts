import { z } from 'zod';
import type { Handlers } from '../support/handlers.js';
import { defaultLimit, readCursor } from '../support/pages.js';
import type { notificationContract } from './contract.js';
import type { Outbox } from './outbox.js';
import { list, store } from './store.js';
import type { NotificationTables } from './tables.js';

export function notificationHandlers(outbox: Outbox): Handlers<typeof notificationContract, NotificationTables> {
  return {
    notify: async ({ body }, tx) => {
      if (await store(tx, body, outbox.canMail)) outbox.expect();
      return {};
    },

    listNotifications: ({ query: { orderId, limit = defaultLimit, cursor } }, db) =>
      list(db, orderId, limit, readCursor(cursor, z.tuple([z.int()]))?.[0]),
  };
}
