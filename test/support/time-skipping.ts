import { TestWorkflowEnvironment } from '@temporalio/testing';
import { execa } from 'execa';
import { answers, freePort } from '../../tools/local/ports.js';
import { searchAttributeTypes } from '../../src/temporal/search-attributes.js';
import { findTestServer } from './test-server.js';
import { until } from './until.js';

/**
 * A Temporal server on which 14 days pass in a second, with the search attributes registered. Its time is one for all runs
 * on it, so a test file has one of its own and its tests run one after the other.
 *
 *     const env = await timeSkippingEnvironment();
 *     afterAll(() => env.teardown());
 */
export async function timeSkippingEnvironment(): Promise<TestWorkflowEnvironment> {
  const server = await startTestServer();
  try {
    // There is no public way to a running server that skips time, and the SDK's own start gives up after 5 s, which is
    // less than Java needs on cores that are busy with something else.
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
    // It can register them, but not list them.
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
  // It ends with this program, however that ends short of SIGKILL.
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
