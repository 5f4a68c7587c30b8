import type { NotificationClient } from '../services/notification/client.js';
import type { InputOf } from './input.js';
import { serviceCall } from './service-call.js';

/** The activity that notifies the customer. */
export function notificationActivities(client: NotificationClient) {
  return {
    notify: serviceCall(async ({ key, ...body }: InputOf<NotificationClient, 'notify'>, call) => {
      await client.notify({ key, body, ...call });
    }),
  };
}
export type NotificationActivities = ReturnType<typeof notificationActivities>;
