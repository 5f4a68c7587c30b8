import { sql, type Kysely } from 'kysely';

/**
 * A view can be on its way for longer than its run is open, and arrive as the first one of that run. So a run that the book has not seen
 * yet is newer only if its view was written at the time of the stored one, or later. The times of two runs do not overlap: the next one
 * starts when the run before has ended.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create or replace function publish_order(
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
      where case
        -- Before the first view, the row has only returns or late payments.
        when o.at is null then true
        when p_run <> all (o.runs) then p_at >= o.at
        else p_run = o.runs[cardinality(o.runs)] and (p_length, p_at, p_seq) > (o.length, o.at, o.seq)
      end
      returning o.revision into result;
      if found then
        perform pg_notify('changes', json_build_object('orderId', p_order_id, 'shopId', p_shop_id)::text);
      else
        select o.revision into strict result from orders o where o.order_id = p_order_id;
      end if;
      return result;
    end $$`.execute(db);

  await sql`
    create or replace function publish_returns(
      p_order_id text, p_run text, p_length bigint, p_at bigint, p_seq bigint, p_returns json
    ) returns integer language plpgsql as $$
    declare
      next bigint;
      stored record;
      seen text[];
      -- Ids of the returns that are missing in the book, or older there.
      newer text[];
    begin
      perform pg_advisory_xact_lock('changes'::regclass::oid::bigint);
      next := nextval('changes');
      select o.returns_runs, o.returns_at, o.returns_positions, o.revision
        into stored from orders o where o.order_id = p_order_id;
      seen := coalesce(stored.returns_runs, '{}');
      if p_run <> all (seen) then
        -- Of a run that ended before the others, only what is missing counts.
        seen := case when p_at < stored.returns_at then p_run || seen else seen || p_run end;
      end if;
      select coalesce(array_agg(distinct told.id), '{}') into newer
      from (select each ->> 'id' as id from json_array_elements(p_returns) as each) as told
      cross join lateral (select stored.returns_positions -> told.id as position) as known
      where known.position is null
        or (array_position(seen, p_run), p_length, p_at, p_seq) > (
          array_position(seen, known.position ->> 'run'),
          (known.position ->> 'length')::bigint, (known.position ->> 'at')::bigint, (known.position ->> 'seq')::bigint
        );
      if newer = '{}' then
        return coalesce(stored.revision, 0);
      end if;
      insert into orders (order_id) values (p_order_id) on conflict (order_id) do nothing;
      update orders as o set
        returns_runs = seen,
        returns_at = greatest(o.returns_at, p_at),
        returns = (
          select json_agg(case when told.id = any (newer) then told.view else known.view end order by known.place, told.place)
          from (
            select view ->> 'id' as id, view, place from json_array_elements(o.returns) with ordinality as k (view, place)
          ) as known
          full join (
            select distinct on (view ->> 'id') view ->> 'id' as id, view, place
            from json_array_elements(p_returns) with ordinality as t (view, place)
            order by view ->> 'id', place desc
          ) as told on told.id = known.id
        ),
        returns_positions = o.returns_positions || (
          select jsonb_object_agg(
            id, json_build_object('run', p_run, 'length', p_length, 'at', p_at, 'seq', p_seq)
          )
          from unnest(newer) as id
        ),
        revision = case when o.view is null then 0 else o.revision + 1 end,
        change = case when o.view is null then null else next end
      where o.order_id = p_order_id
      returning o.revision, o.shop_id into stored;
      if stored.revision > 0 then
        perform pg_notify('changes', json_build_object('orderId', p_order_id, 'shopId', stored.shop_id)::text);
      end if;
      return stored.revision;
    end $$`.execute(db);
}
