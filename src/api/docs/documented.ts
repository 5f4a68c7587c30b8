import { applyDecorators } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiHeader, ApiOperation, ApiParam, ApiResponse } from '@nestjs/swagger';
import { z } from 'zod';
import { defined } from '../../../contracts/defined.js';
import { commands, orderStatuses } from '../../../contracts/statuses.js';
import { idempotencyKeySyntax } from '../../platform/idempotency-key.js';
import { ApiProblem, problemTitles, type ApiProblemCode } from '../problems/problem.js';
import { exampleId } from './examples.js';
import { reference } from './schemas.js';

export interface Documentation {
  summary: string;
  description?: string;
  /** The route needs no key. */
  open?: boolean;
  /** Whether the route takes an Idempotency-Key. */
  idempotencyKey?: 'required' | 'optional';
  headers?: { name: string; description: string; required?: boolean }[];
  /** The route has a body, and this is an example of it. */
  bodyExample?: unknown;
  /** The schema of a body that the route validates without `@Body`. */
  bodySchema?: z.ZodType;
  /** The successful answer: JSON of a named schema, or the text of another `type`. */
  answer: { schema?: z.ZodType | readonly z.ZodType[]; type?: string; example?: unknown };
  /** The successful statuses; 200 by default. */
  statuses?: readonly number[];
  problems?: readonly ApiProblemCode[];
}

const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.enum(Object.keys(problemTitles) as ApiProblemCode[]),
    errors: z.array(z.strictObject({ path: z.string(), message: z.string() })).optional(),
    orderStatus: z.enum(orderStatuses).optional(),
    possible: z.array(z.enum(commands)).optional(),
  })
  .meta({ id: 'Problem' });

const bodyProblems: ApiProblemCode[] = [
  'malformed_json',
  'body_too_large',
  'unsupported_media_type',
  'validation_failed',
];
/** Problems of a route that reads an order's run. */
export const runProblems: ApiProblemCode[] = ['not_found', 'temporal_unavailable', 'overloaded'];
/** Problems of a route that sends a command. */
export const commandProblems: ApiProblemCode[] = [
  ...runProblems,
  'wrong_status',
  'order_ended',
  'too_many_changes',
  'rate_limited',
  'idempotency_key_reused',
  'not_processed_yet',
];

/**
 * Documents a route: its summary, an example of the body and of the answer, and every problem. The schemas of the body and the query are
 * those at `@Body({ schema })` and `@Query({ schema })`.
 */
export function Documented(about: Documentation): MethodDecorator {
  const { summary, description, open, bodyExample, idempotencyKey, headers = [], problems = [] } = about;
  const hasBody = bodyExample !== undefined;
  const codes = new Set<ApiProblemCode>([
    'unknown_host',
    ...(open ? [] : (['unauthorized'] as const)),
    ...(hasBody ? bodyProblems : []),
    ...problems,
  ]);
  const key = {
    name: 'Idempotency-Key',
    description: `${idempotencyKeySyntax}; the same request under the same key takes effect once`,
    required: idempotencyKey === 'required',
  };
  return applyDecorators(
    showParameterSchemas,
    ApiOperation(defined({ summary, description })),
    ...(open ? [] : [ApiBearerAuth()]),
    ...[...(idempotencyKey ? [key] : []), ...headers].map((header) =>
      ApiHeader({ required: false, ...header, schema: { type: 'string' } }),
    ),
    ...(hasBody
      ? [
          ApiBody({
            required: true,
            examples: { example: { value: bodyExample } },
            ...(about.bodySchema ? { schema: reference(about.bodySchema) } : {}),
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

/**
 * @nestjs/swagger reads `@Body({ schema })` and `@Query({ schema })` only of methods whose parameter types are known. The compiler records
 * the types with `emitDecoratorMetadata`, which test runners do not support.
 */
const showParameterSchemas: MethodDecorator = (target, name, descriptor) => {
  const { length } = descriptor.value as unknown as { length: number };
  Reflect.defineMetadata('design:paramtypes', Array(length).fill(Object), target, name);
};

function success(status: number, answer: Documentation['answer']): MethodDecorator {
  const { schema, type = 'application/json', example } = answer;
  const description = descriptions[status] ?? 'Done';
  if (status === 204) return ApiResponse({ status, description });
  const bodies = schema instanceof z.ZodType ? reference(schema) : schema && { oneOf: schema.map(reference) };
  return ApiResponse({
    status,
    description,
    content: { [type]: { schema: bodies ?? { type: 'string' }, ...defined({ example }) } },
  });
}

const descriptions: Record<number, string> = { 200: 'Success', 201: 'Created', 204: 'No more events' };

/** One response per status, with an example of each code. */
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
          schema: reference(problemSchema),
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
