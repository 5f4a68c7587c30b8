import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { userEnvironment } from '../../src/config/index.js';
import { exampleId, exampleOrder } from '../../src/api/docs/examples.js';
import { until } from '../support/until.js';
import { findSchemathesis } from './support/schemathesis.js';
import { keys, startSystem, type ApiSystem } from './support/system.js';
import { startWorker } from './support/worker.js';

const run = promisify(execFile);
const found = await findSchemathesis();
if ('missing' in found) console.warn(`Skipped: ${found.missing}`);

let system: ApiSystem;
beforeAll(async () => {
  if ('missing' in found) return;
  system = await startSystem();
  await startWorker(system);
  // The order of the documentation's examples, so requests about it find it.
  const { body } = await system.as('shop').place(exampleOrder, exampleOrder.reference);
  expect(body.id).toBe(exampleId);
  await until(async () =>
    (await system.as('shop').get(`/v1/orders/${exampleId}`)).body.revision > 0 ? true : undefined,
  );
});
afterAll(() => system?.close());

const checks = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_schema_conformance',
  'response_headers_conformance',
];

it.skipIf('missing' in found).each(['shop', 'otherShop', 'operator'] as const)(
  'requests invented from the document are answered as it says: %s',
  async (who) => {
    const { program } = found as { program: string };
    const options = [
      ['--header', `Authorization: Bearer ${keys[who]}`],
      ['--checks', checks.join(',')],
      // Streams do not end.
      ['--exclude-path-regex', '/events$'],
      ['--max-examples', '12'],
      ['--request-timeout', '15'],
      ['--seed', '1'],
      ['--no-shrink', '--continue-on-failure'],
      ['--warnings', 'off'],
    ].flat();
    const { stdout, failed } = await run(
      program,
      ['-m', 'schemathesis.cli', 'run', ...options, `${system.api.url}/openapi.json`],
      {
        env: { ...userEnvironment(), NO_COLOR: '1', PYTHONIOENCODING: 'utf-8' },
        cwd: userEnvironment().TMPDIR,
        maxBuffer: 64 * 1024 * 1024,
      },
    ).then(
      ({ stdout }) => ({ stdout, failed: false }),
      (error: Error & { stdout?: string }) => ({ stdout: error.stdout || error.message, failed: true }),
    );
    expect(failed, stdout).toBe(false);
  },
  180_000,
);
