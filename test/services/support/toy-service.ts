import { sql, type Kysely } from 'kysely';
import { z } from 'zod';
import { operations } from '../../../services/support/operation.js';
import { Rejection } from '../../../services/support/errors.js';
import type { ServiceDefinition } from '../../../services/support/run.js';

/** A service of named counters: small, but with everything that services/support provides. */
export const counterContract = operations({
  add: {
    method: 'POST',
    path: '/v1/counters/:name/add',
    summary: 'Add to a counter; refused above 10, broken at 13',
    idempotent: true,
    params: z.strictObject({ name: z.string().regex(/^[a-z-]{1,140}$/) }),
    body: z.strictObject({ by: z.int().min(1).max(100), note: z.string().optional(), extra: z.unknown().optional() }),
    answer: z.strictObject({ value: z.int() }),
    rejections: ['too_much'],
  },
  get: {
    method: 'GET',
    path: '/v1/counters/:name',
    summary: 'The value of a counter',
    params: z.strictObject({ name: z.string().regex(/^[a-z-]{1,140}$/) }),
    answer: z.strictObject({ value: z.int(), attempts: z.int() }),
    rejections: ['not_found'],
  },
  wait: {
    method: 'GET',
    path: '/v1/wait',
    summary: 'Answers when the service stops or the caller has gone',
    query: z.strictObject({ limit: z.coerce.number().int().min(1).optional() }),
    answer: z.strictObject({ aborted: z.boolean() }),
  },
});

export interface CounterTables {
  counters: { name: string; value: number };
  attempts: { name: string; count: number };
}

export const counterService: ServiceDefinition<typeof counterContract, CounterTables> = {
  name: 'counter',
  contract: counterContract,
  migrations: {
    '001_counters': {
      async up(db: Kysely<unknown>) {
        await sql`create table counters (name text primary key, value bigint not null)`.execute(db);
        await sql`create table attempts (name text primary key, count bigint not null)`.execute(db);
      },
    },
  },
  create: () => ({
    handlers: {
      add: {
        prepare: async ({ params }, db) => {
          await db
            .insertInto('attempts')
            .values({ name: params.name, count: 1 })
            .onConflict((c) => c.column('name').doUpdateSet((e) => ({ count: e('attempts.count', '+', 1) })))
            .execute();
        },
        handle: async ({ params, body }, tx) => {
          const { value } = await tx
            .insertInto('counters')
            .values({ name: params.name, value: body.by })
            .onConflict((c) => c.column('name').doUpdateSet((e) => ({ value: e('counters.value', '+', body.by) })))
            .returning('value')
            .executeTakeFirstOrThrow();
          if (value === 13) throw new Error('thirteen');
          if (value > 10) throw new Rejection('too_much', `${value} is more than 10`);
          return { value };
        },
      },
      get: async ({ params }, db) => {
        const row = await db.selectFrom('counters').select('value').where('name', '=', params.name).executeTakeFirst();
        const tried = await db
          .selectFrom('attempts')
          .select('count')
          .where('name', '=', params.name)
          .executeTakeFirst();
        if (!row && !tried) throw new Rejection('not_found', `No counter ${params.name}`);
        return { value: row?.value ?? 0, attempts: tried?.count ?? 0 };
      },
      wait: ({ signal }) =>
        new Promise((resolve) => {
          if (signal.aborted) resolve({ aborted: true });
          signal.addEventListener('abort', () => resolve({ aborted: true }));
        }),
    },
  }),
};
