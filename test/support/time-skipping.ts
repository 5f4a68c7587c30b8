import { TestWorkflowEnvironment } from '@temporalio/testing';
import { execa } from 'execa';
import { answers, freePort } from '../../tools/local/ports.js';
import { searchAttributeTypes } from '../../src/temporal/search-attributes.js';
import { findTestServer } from './test-server.js';
import { until } from './until.js';

/**
 * Starts a Temporal server on which 14 days pass in a second, with the search attributes registered. All runs on it share one
 * clock, so each test file has its own server and runs its tests one after the other.
 *
 *     const env = await timeSkippingEnvironment();
 *     afterAll(() => env.teardown());
 */
export async function timeSkippingEnvironment(): Promise<TestWorkflowEnvironment> {
  const server = await startTestServer();
  try {
    // The SDK has no public way to connect to a running time-skipping server, and its own start gives up after 5 s. Java
    // needs longer on busy cores.
    const create = TestWorkflowEnvironment['create'] as (options: object) => Promise<TestWorkflowEnvironment>;
    const env = await create.call(TestWorkflowEnvironment, {
      server: { type: 'existing' },
      address: server.address,
      namespace: 'default',
      supportsTimeSkipping: true,
    });
    const disconnect = env.teardown.bind(env);
    env.teardown = async () => {
      await disconnect();
      await server.stop();
    };
    // The test server can register search attributes, but not list them.
    await env.connection.operatorService.addSearchAttributes({
      namespace: 'default',
      searchAttributes: { ...searchAttributeTypes },
    });
    return env;
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function startTestServer(): Promise<{ address: string; stop: () => Promise<void> }> {
  const port = await freePort();
  // The server ends with this program, unless the program ends by SIGKILL.
  const child = execa(await findTestServer(), [String(port)], { stdio: 'ignore', reject: false });
  const stop = async () => {
    child.kill('SIGKILL');
    await child;
  };
  try {
    await until(async () => {
      if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
      return answers(port);
    }, 120_000);
  } catch (cause) {
    await stop();
    throw new Error('The Temporal test server did not come up.', { cause });
  }
  return { address: `127.0.0.1:${port}`, stop };
}
