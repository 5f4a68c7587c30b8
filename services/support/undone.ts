import { sql, type Kysely, type Migration } from 'kysely';
import { Problem } from './problem.js';

interface UndoneTable {
  undone: { effect: string; run: string | null };
}

/** Which effects were undone, each with the run that undid it first; null: a caller that named no run. */
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

/** In the transaction of the undo itself. */
export async function recordUndone<DB>(tx: Kysely<DB>, effects: string[], run: string | undefined): Promise<void> {
  if (effects.length === 0) return;
  await undoneIn(tx)
    .insertInto('undone')
    .values(effects.map((effect) => ({ effect, run: run ?? null })))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/**
 * Whether somebody else than this run undid one of the effects. A run that a crash took back to its first call, after it had undone things,
 * makes its calls again and has to be answered as before; a run that was reset is another run, and must not take the answers for the state.
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
  return new Problem(409, 'undone', `What ${operation} did under this key was undone since, by another run`);
}

function undoneIn<DB>(db: Kysely<DB>): Kysely<UndoneTable> {
  return db as unknown as Kysely<UndoneTable>;
}
