import { sql, type Kysely, type Migration } from 'kysely';

export const lateMoney: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`alter table operations add column currency text`.execute(db);
  },
};
