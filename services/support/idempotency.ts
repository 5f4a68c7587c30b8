import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql, type Kysely, type Migration, type Transaction } from 'kysely';
import { canonicalJson } from './json.js';
import { Problem, Refusal, problemBody } from './problem.js';

/** An answer as it went out the first time, to the letter. */
export interface StoredAnswer {
  status: number;
  body: string;
}

export interface IdempotentCall {
  key: string;
  operation: string;
  /** Everything that tells one call from another: path parameters, query and body. */
  input: unknown;
}

interface KeyTable {
  idempotency_keys: {
    key: string;
    operation: string;
    fingerprint: string;
    status: number | null;
    answer: string | null;
  };
}

/** The table every service has. Answers are kept for good: an undo may be repeated days later, out of a reset run. */
export const idempotencyMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('idempotency_keys')
      .addColumn('key', 'text', (column) => column.primaryKey())
      .addColumn('operation', 'text', (column) => column.notNull())
      .addColumn('fingerprint', 'text', (column) => column.notNull())
      .addColumn('status', 'integer')
      .addColumn('answer', 'text')
      .addColumn('created_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`now()`))
      .execute();
  },
};

/**
 * Runs `effect` once for a key. Its writes, the key and the answer are stored in one transaction (of a refusal, which writes
 * nothing: the key and the answer); the same call again gives the stored answer, refusals included. Of equal calls at the same moment one runs, the others wait for its answer. A fault
 * (any other error) stores nothing, so the key may be tried again.
 *
 * @param before runs outside the transaction, only when there is no answer yet; what it writes stays when the effect fails.
 * @param effect gives the answer's JSON text.
 * @throws {Problem} 422 idempotency_key_reused when the key belongs to another call.
 */
export async function onceByKey<DB>(
  db: Kysely<DB>,
  call: IdempotentCall,
  before: (() => Promise<void>) | undefined,
  effect: (tx: Transaction<DB>) => Promise<string>,
): Promise<StoredAnswer & { replayed: boolean }> {
  const fingerprint = createHash('sha256')
    .update(call.operation)
    .update('\n')
    .update(canonicalJson(call.input))
    .digest('base64url');

  if (before) {
    const stored = await find(db, call, fingerprint);
    if (stored) return { ...stored, replayed: true };
    await before();
  }
  return withRetries(async () => {
    try {
      return await db.transaction().execute(async (tx) => {
        // A second insert of the same key waits here until the first transaction has ended.
        const stored = await claim(tx, call, fingerprint);
        if (stored) return stored;
        const body = await effect(tx);
        await keysOf(tx)
          .updateTable('idempotency_keys')
          .set({ status: 200, answer: body })
          .where('key', '=', call.key)
          .execute();
        return { status: 200, body, replayed: false };
      });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return storeRefusal(db, call, fingerprint, error);
    }
  });
}

/**
 * A refusal has taken everything back, the key too. Where an equal call has come in between and was answered, its answer is the
 * one that stands.
 */
async function storeRefusal<DB>(db: Kysely<DB>, call: IdempotentCall, fingerprint: string, refusal: Refusal) {
  const { status, code, message } = refusal;
  const body = JSON.stringify(problemBody(status, code, message));
  return (await claim(db, call, fingerprint, { status, body })) ?? { status, body, replayed: false };
}

/** Takes the key for this call. @returns undefined, or the answer that the key has already. */
async function claim<DB>(db: Kysely<DB>, call: IdempotentCall, fingerprint: string, answer?: StoredAnswer) {
  const { numInsertedOrUpdatedRows } = await keysOf(db)
    .insertInto('idempotency_keys')
    .values({
      key: call.key,
      operation: call.operation,
      fingerprint,
      status: answer?.status ?? null,
      answer: answer?.body ?? null,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  if (numInsertedOrUpdatedRows !== 0n) return undefined;
  const stored = await find(db, call, fingerprint);
  if (!stored) throw new Error(`The answer of key ${call.key} is missing`);
  return { ...stored, replayed: true };
}

function keysOf<DB>(db: Kysely<DB>): Kysely<KeyTable> {
  return db as unknown as Kysely<KeyTable>;
}

async function find<DB>(db: Kysely<DB>, call: IdempotentCall, fingerprint: string): Promise<StoredAnswer | undefined> {
  const row = await keysOf(db)
    .selectFrom('idempotency_keys')
    .select(['operation', 'fingerprint', 'status', 'answer'])
    .where('key', '=', call.key)
    .executeTakeFirst();
  if (!row) return undefined;
  if (row.fingerprint !== fingerprint) {
    throw new Problem(
      422,
      'idempotency_key_reused',
      `This Idempotency-Key was used for ${row.operation === call.operation ? `another ${row.operation}` : row.operation}: ` +
        'use a new key for a new request, or repeat the old request unchanged',
    );
  }
  if (row.status === null || row.answer === null) throw new Error(`The answer of key ${call.key} is not complete`);
  return { status: row.status, body: row.answer };
}

/** Thrown by an effect that met something which another transaction is about to change: it is rolled back and tried again. */
export class Busy extends Error {
  override name = 'Busy';
}

const attempts = 8;

/** Again after Busy, a deadlock or a serialization failure: everything is rolled back, nothing is locked while it waits. */
async function withRetries<T>(run: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run();
    } catch (error) {
      const { code } = error as { code?: string };
      const passing = error instanceof Busy || code === '40P01' || code === '40001';
      if (!passing) throw error;
      if (attempt === attempts) {
        throw new Problem(503, 'busy', 'Others change the same things at this moment: try again', { retryAfterS: 1 });
      }
      await sleep(Math.random() * 10 * 2 ** attempt);
    }
  }
}
