import type { ServiceDefinition } from '../support/run.js';
import { notificationContract } from './contract.js';
import { smtpMailer, type MailOptions } from './mailer.js';
import { migrations } from './migrations/index.js';
import { Outbox, type OutboxOptions } from './outbox.js';
import { notificationHandlers } from './routes.js';

/** @param mail the mail server. Without it, notifications are log lines. */
export function notificationService(
  mail?: MailOptions,
  options: OutboxOptions = {},
): ServiceDefinition<typeof notificationContract> {
  return {
    name: 'notification',
    contract: notificationContract,
    migrations,
    create: ({ db, log }) => {
      const outbox = new Outbox(db, mail && smtpMailer(mail), log, options);
      return { handlers: notificationHandlers(outbox), background: (signal) => outbox.run(signal) };
    },
  };
}
