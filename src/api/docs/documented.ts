import { applyDecorators } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiHeader, ApiOperation, ApiParam, ApiQuery, ApiResponse } from '@nestjs/swagger';
import { z } from 'zod';
import { idempotencyKeySyntax } from '../../platform/idempotency-key.js';
import { ApiProblem, problemTitles, type ApiProblemCode } from '../problems/problem.js';
import { reference, type BodyName } from './components.js';
import { exampleId } from './examples.js';

export interface Documentation {
  summary: string;
  description?: string;
  /** Asks for no key. */
  open?: boolean;
  /** Whether the route takes an Idempotency-Key. */
  idempotencyKey?: 'required' | 'optional';
  headers?: { name: string; description: string; required?: boolean }[];
  query?: z.ZodObject;
  body?: { schema: BodyName; example: unknown };
  /** The answer of success; others than JSON by `type`. */
  answer: { schema?: BodyName | readonly BodyName[]; type?: string; example?: unknown; description?: string };
  /** Success statuses; 200 unless given. */
  statuses?: readonly number[];
  problems?: readonly ApiProblemCode[];
}

const withKey: ApiProblemCode[] = ['unauthorized'];
const withBody: ApiProblemCode[] = ['malformed_json', 'body_too_large', 'unsupported_media_type', 'validation_failed'];
/** Of a route that an order's run answers. */
export const fromTheRun: ApiProblemCode[] = ['not_found', 'temporal_unavailable', 'overloaded'];
/** Of a route that tells an order something. */
export const fromCommands: ApiProblemCode[] = [
  ...fromTheRun,
  'wrong_status',
  'order_ended',
  'too_many_changes',
  'idempotency_key_reused',
  'not_processed_yet',
];

/** Writes a route into the OpenAPI document: what goes in, what comes out, an example of each, and every problem. */
export function Documented(about: Documentation): MethodDecorator {
  const { summary, description, open, body } = about;
  const codes = new Set<ApiProblemCode>([
    'unknown_host',
    ...(open ? [] : withKey),
    ...(body ? withBody : []),
    ...(about.query ? queryProblem : []),
    ...(about.problems ?? []),
  ]);
  return applyDecorators(
    ApiOperation({ summary, ...(description === undefined ? {} : { description }) }),
    ...(open ? [] : [ApiBearerAuth()]),
    ...headersOf(about).map((header) => ApiHeader({ required: false, ...header, schema: { type: 'string' } })),
    ...queryOf(about.query),
    ...(body
      ? [
          ApiBody({
            required: true,
            schema: reference(body.schema),
            examples: { example: { value: body.example as object } },
          }),
        ]
      : []),
    ...(about.statuses ?? [200]).map((status) => success(status, about.answer)),
    ...problemsOf([...codes]),
  );
}

/** The order's id in the path. */
export const IdParam = () =>
  ApiParam({ name: 'id', description: "The order's id", example: exampleId, schema: { type: 'string' } });

const queryProblem: ApiProblemCode[] = ['invalid_query'];

function headersOf({
  idempotencyKey,
  headers = [],
}: Documentation): { name: string; description: string; required?: boolean }[] {
  if (!idempotencyKey) return headers;
  const description = `${idempotencyKeySyntax}; the same request under the same key takes effect once`;
  return [{ name: 'Idempotency-Key', description, required: idempotencyKey === 'required' }, ...headers];
}

function queryOf(query: z.ZodObject | undefined): MethodDecorator[] {
  if (!query) return [];
  const { properties = {} } = z.toJSONSchema(query, { io: 'input', unrepresentable: 'any' });
  return Object.entries(properties).map(([name, schema]) => {
    const shape = name === 'status' ? arrayOf(query) : (schema as object);
    return ApiQuery({ name, required: false, schema: shape });
  });
}

/** What a preprocessed list takes in cannot be told from its schema; what it makes of it can. */
function arrayOf(query: z.ZodObject): object {
  const { properties } = z.toJSONSchema(query, { io: 'output', unrepresentable: 'any' });
  return properties?.status as object;
}

function success(
  status: number,
  { schema, type = 'application/json', example, description }: Documentation['answer'],
): MethodDecorator {
  const about = description ?? descriptions[status] ?? 'Done';
  if (status === 204) return ApiResponse({ status, description: about });
  const one =
    typeof schema === 'string' ? reference(schema) : schema && { oneOf: schema.map((name) => reference(name)) };
  const content = { [type]: { schema: one ?? { type: 'string' }, ...(example === undefined ? {} : { example }) } };
  return ApiResponse({ status, description: about, content });
}

const descriptions: Record<number, string> = { 200: 'As asked', 201: 'Created', 204: 'Nothing more to come' };

/** One response a status, with an example for each of its codes. */
function problemsOf(codes: readonly ApiProblemCode[]): MethodDecorator[] {
  const byStatus = new Map<number, ApiProblem[]>();
  for (const code of codes) {
    const problem = new ApiProblem(code, problemTitles[code]);
    byStatus.set(problem.status, [...(byStatus.get(problem.status) ?? []), problem]);
  }
  return [...byStatus].map(([status, problems]) =>
    ApiResponse({
      status,
      description: problems.map(({ code, message }) => `\`${code}\`: ${message}`).join('; '),
      ...(problems.some(({ headers }) => headers['retry-after'])
        ? { headers: { 'Retry-After': { description: 'Seconds to wait', schema: { type: 'integer' } } } }
        : {}),
      content: {
        'application/problem+json': {
          schema: reference('Problem'),
          examples: Object.fromEntries(problems.map(({ code, body }) => [code, { value: exampleOf(code, body) }])),
        },
      },
    }),
  );
}

function exampleOf(code: ApiProblemCode, body: object): object {
  if (code === 'validation_failed') {
    return { ...body, errors: [{ path: '/lines/0/quantity', message: 'Too small: expected number to be >=1' }] };
  }
  if (code === 'invalid_query') return { ...body, errors: [{ path: '/limit', message: 'must be 1 to 200' }] };
  if (code === 'wrong_status' || code === 'not_cancellable') {
    return { ...body, orderStatus: 'shipping', possible: ['receipt'] };
  }
  if (code === 'too_many_changes') return { ...body, orderStatus: 'awaiting_payment', possible: ['cancel', 'payment'] };
  if (code === 'order_ended') return { ...body, orderStatus: 'completed', possible: ['return'] };
  return body;
}
