import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { userEnvironment } from '../../src/config/index.js';
import { findTemporalCli } from '../../tools/local/temporal-cli.js';
import { retentionMs } from '../../src/temporal/namespace.js';
import { searchAttributeTypes } from '../../src/temporal/search-attributes.js';
import { startDevServer, type DevServer } from '../support/dev-server.js';
import { root } from './markdown.js';

// deploy/temporal/set-up-namespace.sh: docker-compose runs it, and so do people with their own Temporal server.

const namespace = 'set-up-by-script';
let server: DevServer;

beforeAll(async () => {
  server = await startDevServer();
});
afterAll(() => server.stop());

async function setUp(): Promise<void> {
  const env = userEnvironment();
  const PATH = `${dirname(await findTemporalCli())}:${env.PATH}`;
  await promisify(execFile)('sh', [join(root, 'deploy/temporal/set-up-namespace.sh')], {
    env: { ...env, PATH, TEMPORAL_ADDRESS: server.address, TEMPORAL_NAMESPACE: namespace },
  });
}

it('creates the namespace that orders need, and can run twice', async () => {
  for (let times = 0; times < 2; times += 1) {
    await setUp();
    expect(await retentionMs(server.connection, namespace)).toBe(45 * 86_400_000);
    const { customAttributes } = await server.connection.operatorService.listSearchAttributes({ namespace });
    expect(customAttributes).toMatchObject(searchAttributeTypes);
  }
}, 120_000);
