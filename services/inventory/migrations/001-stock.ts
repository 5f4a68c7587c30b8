import { sql, type Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  // The checks are the last line against overselling: a wrong move is a fault, never a negative quantity.
  await sql`
    create table stock (
      sku text collate "C" not null,
      warehouse text collate "C" not null,
      available bigint not null default 0 check (available >= 0),
      reserved bigint not null default 0 check (reserved >= 0),
      committed bigint not null default 0 check (committed >= 0),
      primary key (sku, warehouse)
    )`.execute(db);
  await sql`
    create table reservations (
      order_id text collate "C" primary key,
      wanted jsonb not null default '[]',
      hold_ms bigint not null default 0,
      expires_at timestamptz,
      released boolean not null default false,
      released_parcels text[] not null default '{}',
      uncommitted boolean not null default false
    )`.execute(db);
  await sql`
    create table pieces (
      order_id text collate "C" not null references reservations,
      shipment_id text collate "C" not null,
      sku text collate "C" not null,
      warehouse text collate "C" not null,
      quantity bigint not null check (quantity > 0),
      restocked bigint not null default 0 check (restocked between 0 and quantity),
      state text not null check (state in ('reserved', 'committed', 'released', 'expired')),
      replaces text collate "C",
      lost boolean not null default false,
      primary key (order_id, shipment_id, sku),
      foreign key (sku, warehouse) references stock
    )`.execute(db);
  await sql`create index reservations_expiring on reservations (expires_at) where expires_at is not null`.execute(db);
  // A partial index, because only a few pieces are reserved at a time.
  await sql`create index pieces_held on pieces (sku, order_id) where state = 'reserved'`.execute(db);
}
