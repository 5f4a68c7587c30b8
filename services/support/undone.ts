import { sql, type Kysely, type Migration } from 'kysely';
import { Problem } from '../../src/platform/problem.js';

interface UndoneTable {
  undone: { effect: string; run: string | null };
}

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

/** Runs in the transaction of the undo itself. */
export async function recordUndone<DB>(tx: Kysely<DB>, effects: string[], run: string | undefined): Promise<void> {
  if (effects.length === 0) return;
  await undoneIn(tx)
    .insertInto('undone')
    .values(effects.map((effect) => ({ effect, run: run ?? null })))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/**
 * Whether another run has undone one of the effects. After a crash a run may repeat its first calls, though it has undone them since: it
 * gets the stored answers. A run that was reset is another run: for it, the stored answers no longer describe the state.
 */
export async function undoneByAnother<DB>(
  db: Kysely<DB>,
  effects: string[],
  run: string | undefined,
): Promise<boolean> {
  if (effects.length === 0) return false;
  const undos = await undoneIn(db).selectFrom('undone').select('run').where('effect', 'in', effects).execute();
  return undos.some((undo) => run === undefined || undo.run !== run);
}

export function undone(operation: string): Problem {
  return new Problem(409, 'undone', `Another run has undone what ${operation} did under this key`);
}

function undoneIn<DB>(db: Kysely<DB>): Kysely<UndoneTable> {
  return db as unknown as Kysely<UndoneTable>;
}
