import { sql, type Kysely } from 'kysely';

/** The total of each customer and day, so that a screening does not add up all orders of the day. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table screening_days (
      shop_id text not null,
      customer_id text not null,
      day date not null,
      currency text not null,
      amount bigint not null,
      primary key (shop_id, customer_id, day, currency)
    )`.execute(db);
  await sql`
    insert into screening_days (shop_id, customer_id, day, currency, amount)
    select shop_id, customer_id, day, currency, sum(amount) from screenings
    group by shop_id, customer_id, day, currency`.execute(db);
  await sql`drop index screenings_of_customer`.execute(db);
}
