import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import type {} from './global-setup.js';

export interface TestDatabase {
  /** The DATABASE_URL of an empty database that nobody else uses. */
  url: string;
  /** Ends the sessions in the database and removes it. */
  drop: () => Promise<void>;
}

/**
 * Makes an empty database on the test run's PostgreSQL.
 *
 *     const database = await createDatabase();
 *     afterAll(() => database.drop());
 */
export async function createDatabase(): Promise<TestDatabase> {
  const server = postgresUrl();
  const name = `test_${randomBytes(8).toString('hex')}`;
  await query(server, `create database ${name}`);
  return {
    url: Object.assign(new URL(server), { pathname: `/${name}` }).href,
    drop: async () => void (await query(server, `drop database if exists ${name} with (force)`)),
  };
}

/** Runs statements on a connection of their own. @returns the rows of the last one. */
export async function query(url: string | undefined, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** @returns the superuser's URL of the test run's PostgreSQL. */
export function postgresUrl(): string {
  // It is unset when vitest runs without the global set-up; the types do not say so.
  const url = inject('postgresUrl') as string | undefined;
  if (!url) throw new Error("No PostgreSQL: vitest.config.ts needs globalSetup: ['test/support/global-setup.ts'].");
  return url;
}
