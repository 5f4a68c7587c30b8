import { sql, type Kysely } from 'kysely';

/**
 * What lists are searched by, besides the columns of the first migration: the failure, the step that an order has reached, what holds it up
 * (`hold_*`, see contracts/trouble.ts), what it is worth, and its skus. Rows from before get their values in the background (see
 * services/orders/backfill.ts): to read a million views would take minutes, and nobody could write meanwhile.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table orders
      add column failure_code text,
      add column step text,
      add column hold_step text,
      add column hold_code text,
      add column hold_service text,
      add column stuck_since timestamptz(3),
      add column currency text,
      add column total bigint`.execute(db);
  await sql`
    create index orders_by_failure on orders (failure_code, placed_at, order_id) where failure_code is not null`.execute(
    db,
  );
  await sql`create index orders_by_step on orders (step, placed_at, order_id) where step is not null`.execute(db);
  await sql`create index orders_retried on orders (hold_step, hold_code) where hold_code is not null`.execute(db);

  // Lists of one sku are sorted by the time of placing, like all lists. An order keeps its skus and that time.
  await sql`
    create table order_skus (
      sku text not null,
      placed timestamptz(3) not null,
      order_id text collate "C" not null,
      shop text not null,
      primary key (sku, placed, order_id)
    )`.execute(db);
  await sql`
    create function file_skus() returns trigger language plpgsql as $$
    begin
      insert into order_skus (sku, placed, order_id, shop)
      select distinct line ->> 'sku', new.placed_at, new.order_id, new.shop_id
      from json_array_elements(new.view -> 'lines') as line
      on conflict do nothing;
      return null;
    end $$`.execute(db);
  await sql`
    create trigger file_new_order after insert on orders for each row
    when (new.view is not null) execute function file_skus()`.execute(db);
  await sql`
    create trigger file_known_order after update on orders for each row
    when (old.view is null and new.view is not null) execute function file_skus()`.execute(db);

  // The last place that is done; no row: nothing is left to do.
  await sql`
    create table search_backfill (placed_at timestamptz(3) not null, order_id text collate "C" not null)`.execute(db);
  await sql`
    insert into search_backfill
    select placed_at, order_id || '~' from orders where view is not null
    order by placed_at desc, order_id desc limit 1`.execute(db);

  // As in the first migration, with the new columns. A program of the version before goes on with the other function.
  await sql`
    create function publish_order(
      p_order_id text, p_run text, p_length bigint, p_at bigint, p_seq bigint, p_fingerprint text, p_view json,
      p_shop_id text, p_customer_id text, p_reference text, p_status text, p_placed_at timestamptz, p_due_at timestamptz,
      p_failure_code text, p_step text, p_hold_step text, p_hold_code text, p_hold_service text,
      p_currency text, p_total bigint
    ) returns integer language plpgsql as $$
    declare
      next bigint;
      -- The last revision in a book that was lost: the new book continues after it.
      known constant integer := coalesce((p_view ->> 'revision')::integer, 0);
      is_stuck constant boolean := p_status = 'needs_attention';
      published constant timestamptz := to_timestamp(p_at / 1000.0);
      result integer;
    begin
      perform pg_advisory_xact_lock('changes'::regclass::oid::bigint);
      next := nextval('changes');
      insert into orders as o (
        order_id, runs, length, at, seq, fingerprint, view,
        shop_id, customer_id, reference, status, placed_at, due_at,
        failure_code, step, hold_step, hold_code, hold_service, stuck_since, currency, total, revision, change
      ) values (
        p_order_id, array[p_run], p_length, p_at, p_seq, p_fingerprint, p_view,
        p_shop_id, p_customer_id, p_reference, p_status, p_placed_at, p_due_at,
        p_failure_code, p_step, p_hold_step, p_hold_code, p_hold_service, case when is_stuck then published end,
        p_currency, p_total, known + 1, next
      )
      on conflict (order_id) do update set
        runs = case when p_run = any (o.runs) then o.runs else o.runs || p_run end,
        length = p_length, at = p_at, seq = p_seq, fingerprint = p_fingerprint, view = p_view,
        shop_id = p_shop_id, customer_id = p_customer_id, reference = p_reference, status = p_status,
        placed_at = p_placed_at, due_at = p_due_at,
        failure_code = p_failure_code, step = p_step,
        hold_step = p_hold_step, hold_code = p_hold_code, hold_service = p_hold_service,
        stuck_since = case when is_stuck then coalesce(o.stuck_since, published) end,
        currency = p_currency, total = p_total,
        revision = greatest(o.revision, known) + 1, change = next
      where p_run <> all (o.runs)
        or (p_run = o.runs[cardinality(o.runs)] and (p_length, p_at, p_seq) > (o.length, o.at, o.seq))
      returning o.revision into result;
      if found then
        perform pg_notify('changes', json_build_object('orderId', p_order_id, 'shopId', p_shop_id)::text);
      else
        select o.revision into strict result from orders o where o.order_id = p_order_id;
      end if;
      return result;
    end $$`.execute(db);
}
