import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import type { Migration } from 'kysely';
import { expect, it } from 'vitest';
import { openDatabase } from '../../services/support/database.js';
import { serviceNames } from '../../src/config/index.js';
import { root } from '../delivery/markdown.js';
import { createDatabase } from '../support/postgres.js';

/** The names in databases of released versions. If one is missing in the code, the service does not start. */
const released: Record<string, string[]> = {
  orders: ['001_book', '002_returns', '003_late_payments'],
  inventory: ['001_stock', '002_demo_stock'],
  payment: ['001_payments', '002_screening', '003_late_money'],
  shipping: ['001_bookings'],
  notification: ['001_outbox'],
};
const shared = ['000_idempotency', '000_undone'];
const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

it.each(serviceNames)(
  '%s: the migrations are stored under the names of the releases, and the files are called after them',
  async (name) => {
    const { migrations } = (await import(join(root, 'services', name, 'migrations/index.ts'))) as {
      migrations: Record<string, Migration>;
    };
    const database = await createDatabase();
    try {
      const opened = await openDatabase({ serverUrl: database.url, name, migrations, log });
      const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(opened);
      await opened.destroy();
      const stored = rows.map((row) => row.name).filter((each) => !shared.includes(each));
      expect(stored.slice(0, released[name]?.length)).toEqual(released[name] ?? []);
      const files = readdirSync(join(root, 'services', name, 'migrations')).filter((file) => file !== 'index.ts');
      expect(files.sort()).toEqual(stored.map((each) => `${each.replaceAll('_', '-')}.ts`));
    } finally {
      await database.drop();
    }
  },
);
