import { TestWorkflowEnvironment } from '@temporalio/testing';
import { findTestServer } from '../../src/local/test-server.js';
import { searchAttributeTypes } from '../../src/temporal/search-attributes.js';

/**
 * A Temporal server on which 14 days pass in a second, with the search attributes registered. Its time is one for all runs
 * on it, so a test file has one of its own and its tests run one after the other.
 *
 *     const env = await timeSkippingEnvironment();
 *     afterAll(() => env.teardown());
 */
export async function timeSkippingEnvironment(): Promise<TestWorkflowEnvironment> {
  const env = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path: await findTestServer() } },
  });
  // It can register them, but not list them.
  const namespace = env.namespace ?? 'default';
  await env.connection.operatorService.addSearchAttributes({
    namespace,
    searchAttributes: { ...searchAttributeTypes },
  });
  return env;
}
