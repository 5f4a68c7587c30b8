import { databaseUrlOf } from '../support/database.js';
import type { ServiceContext, ServiceDefinition } from '../support/run.js';
import { ChangeBell } from './change-bell.js';
import { ordersContract } from './contract.js';
import { migrations } from './migrations/index.js';
import { ordersHandlers } from './routes.js';
import type { BookTables } from './tables.js';

const name = 'orders';

/**
 * The order book's program.
 *
 * @param databaseUrl as in the service's settings: the book hears of changes on a connection of its own.
 */
export function ordersService(databaseUrl: string): ServiceDefinition<typeof ordersContract, BookTables> {
  let bell: ChangeBell | undefined;
  const bellOf = ({ log }: Pick<ServiceContext<BookTables>, 'log'>) =>
    (bell ??= new ChangeBell(databaseUrlOf(databaseUrl, name), log));
  return {
    name,
    contract: ordersContract,
    migrations,
    // A view of 500 lines in 50 parcels with all its steps is some 300 KiB.
    bodyLimit: 4 * 1024 * 1024,
    handlers: (context) => ordersHandlers(context.db, bellOf(context)),
    background: (context) => bellOf(context).run(context.signal),
  };
}
