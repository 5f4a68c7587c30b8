import { z } from 'zod';
import {
  amendBody,
  cancelBody,
  decisionBody,
  paymentBody,
  receiptBody,
  resolveBody,
  returnBody,
  reviewBody,
} from '../../../contracts/commands.schema.js';
import { webhookBody } from '../../../contracts/events.schema.js';
import { placeOrder } from '../../../contracts/order.schema.js';
import { commands, orderStatuses } from '../../../contracts/statuses.js';
import { orderList, orderView } from '../../../contracts/view.schema.js';
import { problemTitles, type ApiProblemCode } from '../problems/problem.js';
import { serviceNames } from '../../config/index.js';

const state = z.enum(['up', 'down']);

const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.enum(Object.keys(problemTitles) as ApiProblemCode[]),
  errors: z.array(z.strictObject({ path: z.string(), message: z.string() })).optional(),
  orderStatus: z.enum(orderStatuses).optional(),
  possible: z.array(z.enum(commands)).optional(),
});

const orderHistory = z.strictObject({
  workflowId: z.string(),
  runId: z.string(),
  temporalUi: z.string(),
  events: z.array(
    z.strictObject({
      id: z.int(),
      time: z.iso.datetime(),
      type: z.string(),
      step: z.string().optional(),
      attempt: z.int().optional(),
      summary: z.string().optional(),
      by: z.string().optional(),
    }),
  ),
});

/** Strict, so that no body fits this and the story. */
const temporalHistory = z.strictObject({
  events: z.array(z.looseObject({ eventId: z.string(), eventTime: z.iso.datetime(), eventType: z.string() })),
});

const processPage = z.strictObject({
  name: z.string(),
  version: z.int(),
  steps: z.array(
    z.strictObject({
      id: z.string(),
      dependsOn: z.array(z.string()),
      group: z.string().optional(),
      waits: z.boolean().optional(),
      optional: z.boolean().optional(),
      expectedMs: z.number(),
    }),
  ),
  analysis: z.strictObject({
    order: z.array(z.string()),
    width: z.int(),
    criticalPath: z.array(z.string()),
    totalWorkMs: z.number(),
    makespanMs: z.number(),
    speedUp: z.number(),
  }),
});

const readiness = z.strictObject({
  status: z.enum(['up', 'degraded', 'down']),
  parts: z.strictObject(
    Object.fromEntries(['temporal', 'worker', ...serviceNames].map((name) => [name, state])) as Record<
      string,
      typeof state
    >,
  ),
});

/** Every body that goes in or out, by its name in the document. */
export const bodies = {
  PlaceOrder: placeOrder,
  Cancel: cancelBody,
  Payment: paymentBody,
  Receipt: receiptBody,
  Decision: decisionBody,
  Review: reviewBody,
  Resolve: resolveBody,
  Amend: amendBody,
  Return: returnBody,
  Webhook: webhookBody,
  OrderView: orderView,
  OrderList: orderList,
  OrderHistory: orderHistory,
  TemporalHistory: temporalHistory,
  Process: processPage,
  ProcessList: z.strictObject({ items: z.array(processPage) }),
  Applied: z.strictObject({ applied: z.boolean() }),
  Readiness: readiness,
  Live: z.strictObject({ status: z.literal('up') }),
  Problem: problem,
} as const satisfies Record<string, z.ZodType>;
export type BodyName = keyof typeof bodies;

export const reference = (name: BodyName) => ({ $ref: `#/components/schemas/${name}` });

/** @returns the schemas of {@link bodies} for `components.schemas`; they refer to each other where one holds another. */
export function componentSchemas(): Record<string, object> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(bodies)) registry.add(schema as z.ZodType, { id });
  const { schemas } = z.toJSONSchema(registry, {
    uri: (id) => `#/components/schemas/${id}`,
    io: 'input',
    unrepresentable: 'any',
  });
  return Object.fromEntries(
    Object.entries(schemas).map(([id, { $schema: _schema, $id: _id, ...schema }]) => [id, schema]),
  );
}
