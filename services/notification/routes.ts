import type { Handlers } from '../support/handlers.js';
import type { notificationContract } from './contract.js';
import type { Outbox } from './outbox.js';
import { notifications, store } from './store.js';

export function notificationHandlers(outbox: Outbox): Handlers<typeof notificationContract> {
  return {
    notify: {
      decide: ({ body }) =>
        Promise.resolve({ answer: {}, effect: store(body, outbox.canMail), stored: () => outbox.wake() }),
    },

    listNotifications: notifications,
  };
}
