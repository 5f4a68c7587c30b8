import type { ServiceContext, ServiceDefinition } from '../support/run.js';
import { notificationContract } from './contract.js';
import { smtpMailer, type MailOptions } from './mailer.js';
import { migrations } from './migrations/index.js';
import { Outbox, type OutboxOptions } from './outbox.js';
import { notificationHandlers } from './routes.js';
import type { NotificationTables } from './tables.js';

/**
 * The notification service's program.
 *
 * @param mail absent: everything goes to the log.
 */
export function notificationService(
  mail?: MailOptions,
  options: OutboxOptions = {},
): ServiceDefinition<typeof notificationContract, NotificationTables> {
  let outbox: Outbox | undefined;
  const outboxOf = ({ db, log }: ServiceContext<NotificationTables>) =>
    (outbox ??= new Outbox(db, mail && smtpMailer(mail), log, options));
  return {
    name: 'notification',
    contract: notificationContract,
    migrations,
    handlers: (context) => notificationHandlers(outboxOf(context)),
    background: (context) => outboxOf(context).run(context.signal),
  };
}
