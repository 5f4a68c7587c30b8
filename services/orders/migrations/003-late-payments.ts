import { sql, type Kysely } from 'kysely';

/**
 * Late payments by their ids. They have no position: a late payment never changes after it is published, whichever run publishes it. Only
 * a new one is a change of the order.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table orders add column late_payments jsonb not null default '{}'`.execute(db);
  await sql`
    create function publish_late_payments(p_order_id text, p_payments jsonb) returns integer language plpgsql as $$
    declare
      next bigint;
      stored record;
    begin
      perform pg_advisory_xact_lock('changes'::regclass::oid::bigint);
      next := nextval('changes');
      insert into orders as o (order_id, late_payments) values (p_order_id, p_payments)
      on conflict (order_id) do update set
        late_payments = p_payments || o.late_payments,
        revision = case when o.view is null then 0 else o.revision + 1 end,
        change = case when o.view is null then null else next end
      where (p_payments || o.late_payments) <> o.late_payments
      returning o.revision, o.shop_id into stored;
      if not found then
        select o.revision, null as shop_id into strict stored from orders o where o.order_id = p_order_id;
      elsif stored.revision > 0 then
        perform pg_notify('changes', json_build_object('orderId', p_order_id, 'shopId', stored.shop_id)::text);
      end if;
      return stored.revision;
    end $$`.execute(db);
}
