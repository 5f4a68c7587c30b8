import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql, type Kysely, type Migration, type Transaction } from 'kysely';
import { canonicalJson } from '../../src/platform/canonical-json.js';
import { Problem } from '../../src/platform/problem.js';
import { Rejection } from './errors.js';

/** An answer exactly as it was sent the first time. */
export interface StoredAnswer {
  status: number;
  body: string;
}

export interface IdempotentCall {
  key: string;
  operation: string;
  /** Everything that distinguishes one call from another: path parameters, query and body. */
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

/** A table of every service. Answers are kept forever: a run that was reset may repeat an undo days later. */
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
 * Runs `effect` once for a key. One transaction stores its writes, the key and the answer. (A rejection writes nothing: only the key and
 * the answer are stored.) The same call again gets the stored answer, also a rejection. Of equal calls at the same moment one runs and the
 * others wait for its answer. Any other error stores nothing, so the key can be tried again.
 *
 * @param before runs outside the transaction, only when there is no answer yet; its writes stay when the effect fails.
 * @param effect returns the answer as JSON text.
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
      if (!(error instanceof Rejection)) throw error;
      return storeRejection(db, call, fingerprint, error);
    }
  });
}

/** The rejection has rolled everything back, the key too. If an equal call was answered in between, its answer stands. */
async function storeRejection<DB>(db: Kysely<DB>, call: IdempotentCall, fingerprint: string, rejection: Rejection) {
  const { status } = rejection;
  const body = JSON.stringify(rejection.body);
  return (await claim(db, call, fingerprint, { status, body })) ?? { status, body, replayed: false };
}

/** Takes the key for this call. @returns undefined, or the answer that is already stored under the key. */
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

/** An effect throws it when another transaction is changing the same rows: the effect is rolled back and tried again. */
export class Busy extends Error {
  override name = 'Busy';
}

const attempts = 8;

/** Retries after Busy, a deadlock or a serialization failure. Everything is rolled back, so nothing is locked during the wait. */
async function withRetries<T>(run: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run();
    } catch (error) {
      const { code } = error as { code?: string };
      const isTemporary = error instanceof Busy || code === '40P01' || code === '40001';
      if (!isTemporary) throw error;
      if (attempt === attempts) {
        throw new Problem(503, 'busy', 'Other calls are changing the same rows; try again', {}, { retryAfterS: 1 });
      }
      await sleep(Math.random() * 10 * 2 ** attempt);
    }
  }
}
