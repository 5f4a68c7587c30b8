import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql, type Kysely, type Migration, type RawBuilder } from 'kysely';
import { canonicalJson } from '../../src/platform/canonical-json.js';
import { Problem } from '../../src/platform/problem.js';
import type { Db } from './database.js';
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

/** The result of a call: its answer, and the effect that is stored with it. */
export interface Outcome<Answer> {
  answer: Answer;
  effect?: Effect | undefined;
  /** Runs after the effect was stored. */
  stored?: () => void;
}

/**
 * The common table expressions of one statement. One of them is named `changed` and returns one row. It returns none, and then the others
 * write nothing, if the state is not the one that was read. One that reads from `fresh` does nothing if the key is taken.
 *
 *     sql`changed as (update counters set value = ${value + 1} where name = ${name} and value = ${value} returning name)`
 */
export type Effect = RawBuilder<unknown>;

/** Runs a query of one row, null if there is none, and looks the key up in the same statement. Nothing is locked. */
export type Read = <State>(query: RawBuilder<State>) => Promise<State>;

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
 * Runs a call once for a key. One statement stores its effect, the key and the answer. (A rejection has no effect: only the key and the
 * answer are stored.) The same call again gets the stored answer, also a rejection. Equal calls at the same moment get one answer: that of
 * the first to be stored. Any other error stores nothing, so the key can be tried again.
 *
 * Between the reading and the writing of a call nothing is locked, so no call waits for the round trips of another. A call whose state has
 * changed in between decides again.
 *
 * @param decide gives the answer as JSON text. It may run several times.
 * @throws {Problem} 422 idempotency_key_reused when the key belongs to another call.
 */
export async function onceByKey(
  db: Db,
  call: IdempotentCall,
  decide: (read: Read) => Promise<Outcome<string>>,
): Promise<StoredAnswer & { replayed: boolean }> {
  const fingerprint = createHash('sha256')
    .update(call.operation)
    .update('\n')
    .update(canonicalJson(call.input))
    .digest('base64url');
  const read: Read = async (query) => {
    const { known, state } = await lookUp(db, call.key, query);
    if (known) throw new Answered(answerOf(known, call, fingerprint));
    return state;
  };
  try {
    return await withRetries(async (attempt) => {
      // The attempt before may have found that the key is taken.
      if (attempt > 1) await read(sql`select`);
      const { answer, effect, stored } = await answered(decide(read));
      await store(db, { ...call, fingerprint, ...answer }, effect);
      stored?.();
      return { ...answer, replayed: false };
    });
  } catch (error) {
    if (error instanceof Answered) return { ...error.answer, replayed: true };
    throw error;
  }
}

/** Thrown through a decision whose call has a stored answer. */
class Answered extends Error {
  constructor(readonly answer: StoredAnswer) {
    super('The call was answered before');
  }
}

async function answered(decision: Promise<Outcome<string>>): Promise<Outcome<StoredAnswer>> {
  try {
    const { answer: body, ...outcome } = await decision;
    return { answer: { status: 200, body }, ...outcome };
  } catch (error) {
    if (!(error instanceof Rejection)) throw error;
    return { answer: { status: error.status, body: JSON.stringify(error.body) } };
  }
}

interface KeyRow {
  operation: string;
  fingerprint: string;
  status: number;
  answer: string;
}

async function lookUp<State>(db: Db, key: string, query: RawBuilder<State>) {
  const { rows } = await sql<{ known: KeyRow | null; state: State }>`
    select
      (select to_json(k) from idempotency_keys k where key = ${key}) as known,
      (select to_json(s) from (${query}) s) as state`.execute(db);
  return rows[0] as (typeof rows)[number];
}

function answerOf(known: KeyRow, call: IdempotentCall, fingerprint: string): StoredAnswer {
  if (known.fingerprint === fingerprint) return { status: known.status, body: known.answer };
  throw new Problem(
    422,
    'idempotency_key_reused',
    `This Idempotency-Key was used for ${known.operation === call.operation ? `another ${known.operation}` : known.operation}: ` +
      'use a new key for a new request, or repeat the old request unchanged',
  );
}

/** @throws {Busy} if the key is taken or the state is not the one that was read. */
async function store(
  db: Db,
  { key, operation, fingerprint, status, body }: IdempotentCall & StoredAnswer & { fingerprint: string },
  effect: Effect = sql`changed as (select from fresh)`,
): Promise<void> {
  const { rows } = await sql`
    with
      fresh as (select where not exists (select from idempotency_keys where key = ${key})),
      ${effect},
      call as (
        insert into idempotency_keys (key, operation, fingerprint, status, answer)
        select ${key}, ${operation}, ${fingerprint}, ${status}::integer, ${body} from changed
        returning key
      )
    select key from call`.execute(db);
  if (rows.length === 0) throw new Busy('The state has changed since it was read');
}

/** A decision throws it, too, to be made again. */
export class Busy extends Error {
  override name = 'Busy';
}

/** Below the nine seconds that the worker waits for an answer, so that it reads this one. */
const patienceMs = 7_000;

/** Another call has changed the same rows: the state was another one, a row exists by now (23505), a deadlock. */
function isConflict(error: unknown): boolean {
  return error instanceof Busy || ['23505', '40P01', '40001'].includes((error as { code?: string }).code ?? '');
}

/** Runs again after a conflict: at once, and then after longer and longer pauses, up to a second. Nothing is locked during them. */
async function withRetries<T>(run: (attempt: number) => Promise<T>): Promise<T> {
  const begun = performance.now();
  for (let attempt = 1; ; attempt++) {
    try {
      return await run(attempt);
    } catch (error) {
      if (!isConflict(error)) throw error;
      if (performance.now() - begun > patienceMs) {
        const options = { retryAfterS: 1, cause: error };
        throw new Problem(503, 'busy', 'Other calls are changing the same rows; try again', {}, options);
      }
      if (attempt > 1) await sleep(Math.random() * Math.min(5 * 2 ** attempt, 1_000));
    }
  }
}
