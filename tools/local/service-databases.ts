import { createHmac } from 'node:crypto';
import pg from 'pg';

/**
 * Gives each service its own database and role on the embedded PostgreSQL, so that no service can read or change the data of another.
 * Safe to repeat. If an earlier version created a database as the superuser, the service's role becomes its owner.
 *
 * @param serverUrl the superuser's URL, with the password.
 * @returns a DATABASE_URL for each service name.
 */
export async function ensureServiceDatabases<Name extends string>(
  serverUrl: string,
  names: readonly Name[],
): Promise<Record<Name, string>> {
  const server = await connect(serverUrl);
  try {
    // One caller at a time: PostgreSQL cannot copy the template to two databases at once. The lock ends with the connection.
    await server.query("select pg_advisory_lock(hashtext('orderflow: databases'))");
    const urls: Partial<Record<Name, string>> = {};
    for (const name of names) urls[name] = await ensureOne(server, serverUrl, name);
    return urls as Record<Name, string>;
  } finally {
    await server.end();
  }
}

async function ensureOne(server: pg.Client, serverUrl: string, name: string): Promise<string> {
  const database = `orderflow_${name}`;
  const url = new URL(serverUrl);
  // Derived from the superuser's password, so there is only one secret to store. The derivation cannot be reversed.
  const password = createHmac('sha256', url.password).update(name).digest('base64url');
  const quoted = { role: server.escapeIdentifier(name), database: server.escapeIdentifier(database) };
  const known = await server.query('select from pg_roles where rolname = $1', [name]);
  if (known.rowCount === 0) {
    await server.query(`create role ${quoted.role} login password ${server.escapeLiteral(password)}`);
  }
  const { rows } = await server.query<{ owner: string }>(
    'select pg_get_userbyid(datdba) as owner from pg_database where datname = $1',
    [database],
  );
  if (rows[0] === undefined) await server.query(`create database ${quoted.database} owner ${quoted.role}`);
  else if (rows[0].owner !== name) {
    await server.query(`alter database ${quoted.database} owner to ${quoted.role}`);
    await handOver(withDatabase(serverUrl, database), quoted.role);
  }
  await server.query(`revoke all on database ${quoted.database} from public`);
  url.username = name;
  url.password = password;
  return withDatabase(url.href, database);
}

/** Makes the role the owner of the schema, tables, views and functions, because only their owner may migrate them. */
async function handOver(url: string, role: string): Promise<void> {
  const client = await connect(url);
  try {
    await client.query(`alter schema public owner to ${role}`);
    const { rows } = await client.query<{ change: string }>(`
      select format('alter table %s owner to ', oid::regclass) as change
        from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v')
      union all
      select format('alter function %s owner to ', oid::regprocedure)
        from pg_proc where pronamespace = 'public'::regnamespace
    `);
    for (const { change } of rows) await client.query(change + role);
  } finally {
    await client.end();
  }
}

async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  return client;
}

function withDatabase(url: string, database: string): string {
  return Object.assign(new URL(url), { pathname: `/${database}` }).href;
}
