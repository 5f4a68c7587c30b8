import { afterAll, beforeAll, expect, it } from 'vitest';
import { placeOrder } from '../../contracts/order.schema.js';
import { orderView } from '../../contracts/view.schema.js';
import { problemCodes } from '../../contracts/failures.js';
import { exampleOrder, exampleView } from '../../src/api/docs/examples.js';
import { nowhere, startApi, type ApiOnly } from './support/system.js';

interface Operation {
  summary?: string;
  security?: unknown[];
  requestBody?: { content: Record<string, { schema: { $ref: string } }> };
  responses: Record<string, { content?: Record<string, { schema: object; examples?: Record<string, unknown> }> }>;
}
interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object> };
}

let api: ApiOnly;
let document: Document;
beforeAll(async () => {
  // Nothing listens at these addresses: the documentation needs neither Temporal nor the order book.
  api = await startApi(nowhere, `http://${nowhere}`);
  document = (await (await fetch(`${api.url}/openapi.json`)).json()) as Document;
});
afterAll(() => api?.close());

const operations = () =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, ...operation })),
  );

it('every route is documented', () => {
  expect(
    operations()
      .map(({ name }) => name)
      .sort(),
  ).toEqual(
    [
      'GET /health/live',
      'GET /health/ready',
      'GET /metrics',
      'GET /v1/bulk',
      'GET /v1/bulk/{bulkId}',
      'GET /v1/bulk/{bulkId}/events',
      'GET /v1/bulk/{bulkId}/orders',
      'GET /v1/development-keys',
      'GET /v1/events',
      'GET /v1/insights',
      'GET /v1/me',
      'GET /v1/orders',
      'GET /v1/orders/counts',
      'GET /v1/orders/{id}',
      'GET /v1/orders/{id}/events',
      'GET /v1/orders/{id}/history',
      'GET /v1/orders/{id}/notes',
      'GET /v1/overview',
      'GET /v1/processes',
      'GET /v1/processes/{name}',
      'GET /v1/services',
      'GET /v1/trouble',
      'PATCH /v1/orders/{id}',
      'POST /v1/bulk',
      'POST /v1/bulk/{bulkId}/start',
      'POST /v1/bulk/{bulkId}/stop',
      'POST /v1/orders',
      'POST /v1/orders/{id}/cancel',
      'POST /v1/orders/{id}/decision',
      'POST /v1/orders/{id}/notes',
      'POST /v1/orders/{id}/payment',
      'POST /v1/orders/{id}/receipt',
      'POST /v1/orders/{id}/resolve',
      'POST /v1/orders/{id}/returns',
      'POST /v1/orders/{id}/returns/{returnId}/review',
      'POST /v1/orders/{id}/review',
      'POST /v1/webhooks/carrier',
      'POST /v1/webhooks/payment',
    ].sort(),
  );
  for (const { name, summary } of operations()) expect(summary, name).toBeTruthy();
});

it('every code of the contract is documented, and every body has an example', () => {
  const codes = new Set(
    operations().flatMap(({ responses }) =>
      Object.values(responses).flatMap(({ content }) =>
        Object.keys(content?.['application/problem+json']?.examples ?? {}),
      ),
    ),
  );
  expect([...codes].sort()).toEqual(Object.keys(problemCodes).sort());
  for (const { name, requestBody } of operations()) {
    if (requestBody) expect(requestBody.content['application/json'], name).toHaveProperty('examples.example.value');
  }
});

it('every reference has a target', () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, to]) => to!);
  expect(references.length).toBeGreaterThan(20);
  for (const to of references) {
    expect(to).toMatch(/^#\/components\/schemas\//);
    expect(document.components.schemas).toHaveProperty(to.replace('#/components/schemas/', ''));
  }
});

it('the examples fit the schemas', () => {
  expect(placeOrder.parse(exampleOrder)).toEqual(exampleOrder);
  expect(orderView.parse(exampleView)).toEqual(exampleView);
});

it('the page loads nothing from other hosts', async () => {
  const page = await (await fetch(`${api.url}/docs`)).text();
  const wanted = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => url!);
  expect(wanted.length).toBeGreaterThan(2);
  for (const url of wanted) {
    expect(url).toMatch(/^\/docs\//);
    const response = await fetch(`${api.url}${url}`);
    expect(response.status, url).toBe(200);
    await response.arrayBuffer();
  }
  expect((await fetch(`${api.url}/docs/..%2fpackage.json`)).status).toBe(404);
});
