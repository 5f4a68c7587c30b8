import { sql, type Kysely, type Migration } from 'kysely';
import { Problem } from '../../src/platform/problem.js';
import type { Db } from './database.js';
import type { Effect } from './idempotency.js';

/** The effects that were undone, each with the run that undid it first; null where the caller named no run. */
export const undoneMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('undone')
      .addColumn('effect', 'text', (column) => column.primaryKey())
      .addColumn('run', 'text')
      .addColumn('at', 'timestamptz', (column) => column.notNull().defaultTo(sql`now()`))
      .execute();
  },
};

/** Adds to the effect of an undo that it undoes these. */
export function recordUndone(
  effect: Effect | undefined,
  effects: string[],
  run: string | undefined,
): Effect | undefined {
  if (effects.length === 0) return effect;
  return sql`${effect ?? sql`changed as (select from fresh)`}, undone_now as (
    insert into undone (effect, run)
    select effect, ${run ?? null} from changed, unnest(${effects}::text[]) as effect
    on conflict do nothing
  )`;
}

/**
 * Whether another run has undone one of the effects. After a crash a run may repeat its first calls, though it has undone them since: it
 * gets the stored answers. A run that was reset is another run: for it, the stored answers no longer describe the state.
 */
export async function undoneByAnother(db: Db, effects: string[], run: string | undefined): Promise<boolean> {
  if (effects.length === 0) return false;
  const { rows } = await sql<{ run: string | null }>`
    select run from undone where effect = any(${effects})`.execute(db);
  return rows.some((undo) => run === undefined || undo.run !== run);
}

export function undone(operation: string): Problem {
  return new Problem(409, 'undone', `Another run has undone what ${operation} did under this key`);
}
