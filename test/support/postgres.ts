import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { ensureDatabase } from '../../tools/local/postgres.js';
import type {} from './global-setup.js';

export interface TestDatabase {
  /** A DATABASE_URL: an empty database that nobody else uses. */
  url: string;
  /** Ends the sessions in it and removes it. */
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
  const url = await ensureDatabase(server, name);
  return {
    url,
    drop: async () => {
      const client = new pg.Client({ connectionString: server });
      await client.connect();
      try {
        await client.query(`drop database if exists ${name} with (force)`);
      } finally {
        await client.end();
      }
    },
  };
}

/** @returns the superuser's URL of the test run's PostgreSQL. */
export function postgresUrl(): string {
  // Unset when vitest runs without the configuration's global set-up; the types do not know that.
  const url = inject('postgresUrl') as string | undefined;
  if (!url) throw new Error("No PostgreSQL: vitest.config.ts needs globalSetup: ['test/support/global-setup.ts'].");
  return url;
}
