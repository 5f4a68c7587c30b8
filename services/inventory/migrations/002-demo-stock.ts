import { sql, type Kysely } from 'kysely';

/** Demo stock, so that a new installation has something to sell. It is set once, when the database is created. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    insert into stock (sku, warehouse, available) values
      ('book', 'east', 100000), ('book', 'west', 100000),
      ('gone', 'east', 0),
      ('lamp', 'west', 100000),
      ('mug', 'east', 100000), ('mug', 'west', 100000),
      ('rare', 'east', 1),
      ('tee', 'east', 100000), ('tee', 'west', 100000),
      ('vase', 'east', 100000)`.execute(db);
}
