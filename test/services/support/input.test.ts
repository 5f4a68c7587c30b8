import { connect } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startForTest, type ServiceUnderTest } from './start.js';
import { counterService, type counterContract } from './toy-service.js';
import { authorized, serviceToken } from '../../support/service-token.js';

let service: ServiceUnderTest<typeof counterContract>;

beforeAll(async () => {
  service = await startForTest(counterService);
});
afterAll(() => service?.stop());

const json = { 'content-type': 'application/json', 'idempotency-key': 'garbage' };
const deep = `{"by":1,"extra":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;

describe('invalid input', () => {
  it.each<[string, string, RequestInit, number, string, string?]>([
    ['broken JSON', '/v1/counters/a/add', { body: '{"by":' }, 400, 'malformed_json'],
    ['an empty body', '/v1/counters/a/add', { body: '' }, 400, 'malformed_json'],
    ['a prototype in disguise', '/v1/counters/a/add', { body: '{"by":1,"__proto__":{}}' }, 400, 'malformed_json'],
    ['a list', '/v1/counters/a/add', { body: '[]' }, 422, 'validation_failed', ''],
    ['null', '/v1/counters/a/add', { body: 'null' }, 422, 'validation_failed', ''],
    ['nothing', '/v1/counters/a/add', { body: '{}' }, 422, 'validation_failed', '/by'],
    ['zero', '/v1/counters/a/add', { body: '{"by":0}' }, 422, 'validation_failed', '/by'],
    ['a fraction', '/v1/counters/a/add', { body: '{"by":1.5}' }, 422, 'validation_failed', '/by'],
    ['a number without end', '/v1/counters/a/add', { body: '{"by":1e400}' }, 422, 'validation_failed', '/by'],
    ['an unknown field', '/v1/counters/a/add', { body: '{"by":1,"to":2}' }, 422, 'validation_failed', ''],
    ['U+0000', '/v1/counters/a/add', { body: '{"by":1,"note":"a\\u0000b"}' }, 422, 'validation_failed', '/note'],
    ['U+0000 in a name', '/v1/counters/a/add', { body: '{"by":1,"extra":{"a\\u0000":1}}' }, 422, 'validation_failed'],
    [
      'half a pair',
      '/v1/counters/a/add',
      { body: '{"by":1,"extra":[{"a/b":"\\ud800"}]}' },
      422,
      'validation_failed',
      '/extra/0/a~1b',
    ],
    ['nesting without end', '/v1/counters/a/add', { body: deep }, 422, 'validation_failed'],
    [
      'a large body',
      '/v1/counters/a/add',
      { body: `{"by":1,"note":"${'x'.repeat(1_100_000)}"}` },
      413,
      'body_too_large',
    ],
    [
      'text',
      '/v1/counters/a/add',
      { body: '{"by":1}', headers: { ...json, 'content-type': 'text/plain' } },
      415,
      'unsupported_media_type',
    ],
    [
      'no key',
      '/v1/counters/a/add',
      { body: '{"by":1}', headers: { 'content-type': 'application/json' } },
      400,
      'idempotency_key_required',
    ],
    [
      'a long key',
      '/v1/counters/a/add',
      { body: '{"by":1}', headers: { ...json, 'idempotency-key': 'k'.repeat(256) } },
      422,
      'validation_failed',
    ],
    [
      'a key that is not ASCII',
      '/v1/counters/a/add',
      { body: '{"by":1}', headers: { ...json, 'idempotency-key': 'schlüssel' } },
      422,
      'validation_failed',
    ],
    ['a wrong path', '/v1/counters/A%20B/add', { body: '{"by":1}' }, 422, 'validation_failed', '/name'],
    ['a broken path', '/v1/counters/%zz/add', { body: '{"by":1}' }, 400, 'malformed_url'],
    ['an unknown route', '/v1/nothing', { body: '{"by":1}' }, 404, 'no_such_route'],
    ['an unknown method', '/v1/counters/a/add', { method: 'DELETE', body: '{}' }, 404, 'no_such_route'],
    ['a wrong query', '/v1/wait?limit=x', { method: 'GET' }, 400, 'invalid_query', '/limit'],
    ['a query twice', '/v1/wait?limit=1&limit=2', { method: 'GET' }, 400, 'invalid_query', '/limit'],
    ['an unknown query', '/v1/wait?whatever=1', { method: 'GET' }, 400, 'invalid_query', ''],
    ['a query where there is none', '/v1/counters/a?x=1', { method: 'GET' }, 400, 'invalid_query', ''],
    ['something unknown', '/v1/counters/unheard', { method: 'GET' }, 404, 'not_found'],
  ])('%s', async (_, path, init, status, code, pointer) => {
    const { body, ...rest } = init;
    const response = await fetch(service.url + path, {
      method: 'POST',
      ...rest,
      headers: { ...authorized, ...(rest.headers ?? json) },
      ...(rest.method === 'GET' ? {} : { body: body ?? null }),
    });
    const problem = (await response.json()) as { errors?: { path: string }[] };
    expect({ status: response.status, type: response.headers.get('content-type') }).toEqual({
      status,
      type: 'application/problem+json; charset=utf-8',
    });
    expect(problem).toMatchObject({ type: 'about:blank', status, code, title: expect.any(String) as string });
    if (pointer !== undefined) expect(problem.errors?.map(({ path: at }) => at)).toContain(pointer);
  });

  it('leaves no trace: the key is still free', async () => {
    const answer = await service.client.add({ params: { name: 'free' }, body: { by: 1 }, key: 'garbage' });
    expect(answer).toEqual({ value: 1 });
  });

  it('that is not HTTP is answered with 400', async () => {
    const { hostname, port } = new URL(service.url);
    const socket = connect(Number(port), hostname).setEncoding('utf8');
    socket.write('NONSENSE\r\n\r\n');
    const [text] = (await once(socket, 'data')) as [string];
    expect(text).toMatch(/^HTTP\/1.1 400/);
    socket.destroy();
  });
});

it('/health reports that the database answers', async () => {
  const response = await fetch(`${service.url}/health`);
  expect([response.status, await response.json()]).toEqual([200, { status: 'up', service: 'counter' }]);
});

describe('the token', () => {
  const call = (path: string, authorization?: string, method = 'GET') =>
    fetch(service.url + path, { method, headers: authorization === undefined ? {} : { authorization } });

  it.each([
    ['none', undefined],
    ['another', 'Bearer another-token-of-the-services'],
    ['only its beginning', `Bearer ${serviceToken.slice(0, -1)}`],
    ['more than it', `Bearer ${serviceToken}x`],
    ['it in another scheme', `Basic ${serviceToken}`],
    ['nothing in its scheme', 'Bearer '],
  ])('%s: 401 for every path', async (_, authorization) => {
    const asked = [['/v1/counters/a'], ['/v1/counters/a/add', 'POST'], ['/v1/nothing'], ['/v1/counters/a', 'HEAD']];
    for (const [path, method] of asked as [string, string?][]) {
      const response = await call(path, authorization, method);
      expect([path, response.status, response.headers.get('www-authenticate')]).toEqual([path, 401, 'Bearer']);
      if (method !== 'HEAD') expect(await response.json()).toMatchObject({ code: 'unauthorized', status: 401 });
    }
  });

  it('valid: answered; /health and /openapi.json need none', async () => {
    expect((await call('/v1/counters/unheard', `Bearer ${serviceToken}`)).status).toBe(404);
    expect((await call('/v1/counters/unheard', `bearer  ${serviceToken}`)).status).toBe(404);
    for (const path of ['/health', '/health?x=1', '/openapi.json']) expect((await call(path)).status, path).toBe(200);
  });
});

it('/openapi.json describes every operation with its input and its answer', async () => {
  const document = (await (await fetch(`${service.url}/openapi.json`)).json()) as {
    openapi: string;
    paths: Record<string, Record<string, OpenApiOperation>>;
  };
  expect(document.openapi).toBe('3.1.0');
  expect(Object.keys(document.paths).sort()).toEqual(['/v1/counters/{name}', '/v1/counters/{name}/add', '/v1/wait']);
  const add = document.paths['/v1/counters/{name}/add']?.post;
  expect(add?.operationId).toBe('add');
  expect(add?.parameters.map(({ name, in: where, required }) => `${where} ${name} ${required}`).sort()).toEqual([
    'header Idempotency-Key true',
    'header Orderflow-Run false',
    'path name true',
  ]);
  expect(add?.requestBody.content['application/json']?.schema).toMatchObject({
    required: ['by'],
    properties: { by: { type: 'integer', minimum: 1, maximum: 100 } },
    additionalProperties: false,
  });
  expect(add?.responses['200']?.content['application/json']?.schema).toMatchObject({ required: ['value'] });
  expect(add?.responses['409']).toMatchObject({ description: 'Refused: too_much' });
  expect(add?.responses['409']?.content['application/problem+json']).toBeDefined();
});

type Content = Record<string, { schema: object } | undefined>;
interface OpenApiOperation {
  operationId: string;
  parameters: { name: string; in: string; required: boolean }[];
  requestBody: { content: Content };
  responses: Record<string, { description: string; content: Content } | undefined>;
}
