import { sql, type Kysely } from 'kysely';

/**
 * Each return has its own position, so that a run changes only the returns that it publishes, and a run without returns removes none.
 * `returns_positions` has the positions by return id. The number of a run is its index in `returns_runs`, as before. The returns stay in
 * the order in which they were first published.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table orders add column returns_positions jsonb not null default '{}'`.execute(db);
  await sql`
    update orders o set returns_positions = (
      select jsonb_object_agg(
        each ->> 'id',
        json_build_object(
          'run', o.returns_runs[cardinality(o.returns_runs)],
          'length', o.returns_length, 'at', o.returns_at, 'seq', o.returns_seq
        )
      )
      from json_array_elements(o.returns) as each
    )
    where json_array_length(o.returns) > 0`.execute(db);
  await sql`alter table orders drop column returns_length, drop column returns_seq`.execute(db);

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
      select o.returns_runs, o.returns_positions, o.revision into stored from orders o where o.order_id = p_order_id;
      seen := coalesce(stored.returns_runs, '{}');
      if p_run <> all (seen) then
        seen := seen || p_run;
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
