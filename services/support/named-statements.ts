import type { PostgresPool, PostgresPoolClient } from 'kysely';
import type pg from 'pg';

/** Each connection keeps the plans of its statements in memory, so their number has a limit. */
const mostNames = 200;

/** Prepared, it would fail once another instance has added a column to the table. */
const selectsAll = /(select |returning |\.)\*/;

/**
 * A pool that prepares its statements by name: PostgreSQL parses and plans a text once for each connection. Sent as they are: statements
 * without parameters (transactions, migrations), those beyond the limit, and those that select `*`.
 */
export function namedStatements(pool: pg.Pool, most = mostNames): PostgresPool {
  const names = new Map<string, string>();
  const nameOf = (text: string): string | undefined => {
    const known = names.get(text);
    if (known !== undefined || names.size >= most || selectsAll.test(text)) return known;
    const name = `s${names.size}`;
    names.set(text, name);
    return name;
  };
  return {
    connect: async () => {
      const client = await pool.connect();
      let isStale = false;
      const query = async (text: string, values: unknown[]) => {
        const name = values.length > 0 ? nameOf(text) : undefined;
        try {
          return await client.query(name === undefined ? { text, values } : { name, text, values });
        } catch (error) {
          isStale ||= isStaleStatement(error);
          throw error;
        }
      };
      return {
        query: query as unknown as PostgresPoolClient['query'],
        release: (destroy = false) => client.release(destroy || isStale),
      };
    },
    end: () => pool.end(),
  };
}

/**
 * Whether a connection has lost a statement or its plan: the table has other columns now, or a proxy has given the session to another
 * client. The statement works on a new connection.
 */
export function isStaleStatement(error: unknown): boolean {
  const { code, message } = error as { code?: string; message: string };
  return code === '26000' || (code === '0A000' && message.includes('cached plan'));
}
