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
    summary: 'Answers when the caller has gone',
    query: z.strictObject({ limit: z.coerce.number().int().min(1).optional() }),
    answer: z.strictObject({ aborted: z.boolean() }),
  },
});

export const counterService: ServiceDefinition<typeof counterContract> = {
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
        decide: async ({ params: { name }, body }, read, db) => {
          const counter = await read(sql<{ value: number } | null>`select value from counters where name = ${name}`);
          await sql`
            insert into attempts (name, count) values (${name}, 1)
            on conflict (name) do update set count = attempts.count + 1`.execute(db);
          const value = (counter?.value ?? 0) + body.by;
          if (value === 13) throw new Error('thirteen');
          if (value > 10) throw new Rejection('too_much', `${value} is more than 10`);
          return {
            answer: { value },
            effect: sql`
              changed as (
                insert into counters (name, value) values (${name}, ${value})
                on conflict (name) do update set value = excluded.value where counters.value = ${counter?.value ?? null}
                returning name
              )`,
          };
        },
      },
      get: async ({ params }, db) => {
        const { rows } = await sql<{ value: number; attempts: number }>`
          select coalesce(value, 0) as value, coalesce(count, 0) as attempts
          from counters full join attempts using (name) where name = ${params.name}`.execute(db);
        if (!rows[0]) throw new Rejection('not_found', `No counter ${params.name}`);
        return rows[0];
      },
      wait: ({ signal }) =>
        new Promise((resolve) => {
          if (signal.aborted) resolve({ aborted: true });
          signal.addEventListener('abort', () => resolve({ aborted: true }));
        }),
    },
  }),
};
