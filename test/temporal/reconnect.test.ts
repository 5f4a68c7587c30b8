import { expect, it } from 'vitest';
import { loadConfig } from '../../src/config/index.js';
import { lazyClient } from '../../src/temporal/connection.js';

it('a client that has lost Temporal tries again every few seconds, however long the outage was', async () => {
  const client = lazyClient(loadConfig({ TEMPORAL_ADDRESS: '127.0.0.1:1' }));
  const { channelArgs } = client.connection.options;
  expect(channelArgs['grpc.max_reconnect_backoff_ms']).toBeLessThanOrEqual(5_000);
  await client.connection.close();
});
