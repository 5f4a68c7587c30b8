import type { Migration } from 'kysely';
import { Fault, Rejection, UnexpectedRejection } from '../../../services/support/client.js';
import { openDatabase, type Db } from '../../../services/support/database.js';

const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** The database of a service under test, to look into its tables. */
export function databaseOf(
  { databaseUrl }: { databaseUrl: string },
  { name, migrations }: { name: string; migrations: Record<string, Migration> },
): Promise<Db> {
  return openDatabase({ serverUrl: databaseUrl, name, migrations, log });
}

/** What the caller gets: the answer, or the error with what it decides by. */
export async function outcomeOf(call: Promise<unknown>): Promise<unknown> {
  try {
    return { answer: await call };
  } catch (error) {
    if (error instanceof Rejection) {
      const { code, message, service, operation } = error;
      return { rejected: code, message, service, operation };
    }
    if (error instanceof UnexpectedRejection) return { unexpected: error.status };
    if (error instanceof Fault) return { fault: error.status };
    throw error;
  }
}

const hourMs = 3_600_000;

/**
 * Makes the values of two worlds comparable: their clocks differ a little, and each draws its own row ids. A time becomes the whole hours
 * since the start, an id the number of its first appearance.
 */
export class Normal {
  private readonly ids = new Map<string, string>();

  constructor(private readonly start: number) {}

  of(value: unknown): unknown {
    const text = JSON.stringify(value, (_, inner: unknown) => (inner === null ? undefined : inner));
    if (text === undefined) return undefined;
    return JSON.parse(
      text
        .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)/g, (time) => {
          return `after ${Math.round((Date.parse(time) - this.start) / hourMs)} h`;
        })
        .replaceAll(/(auth|op)_[0-9a-f-]+/g, (id, kind: string) => {
          if (!this.ids.has(id)) this.ids.set(id, `${kind} ${this.ids.size}`);
          return this.ids.get(id) as string;
        }),
    );
  }
}

/** Runs the same test with the same random cases each time. */
export const settings = { numRuns: 15, seed: 1, interruptAfterTimeLimit: 60_000, markInterruptAsFailure: false };
