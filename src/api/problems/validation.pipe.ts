import { Injectable, StandardSchemaValidationPipe, type ArgumentMetadata } from '@nestjs/common';
import { fieldErrors, firstError } from '../../platform/field-errors.js';
import { ApiProblem } from './problem.js';

type Validation = Awaited<ReturnType<StandardSchemaValidationPipe['validate']>>;
type SchemaIssue = NonNullable<Validation['issues']>[number];

interface Issue {
  path: PropertyKey[];
  message: string;
}

/**
 * Validates a parameter with its schema: `@Body({ schema })`, `@Query({ schema })`. A missing body counts as `{}`.
 *
 * @throws {ApiProblem} validation_failed for a body, invalid_query for a query, with the place of each error.
 */
@Injectable()
export class ValidationPipe extends StandardSchemaValidationPipe {
  override async transform<T>(value: T, metadata: ArgumentMetadata): Promise<T> {
    const { schema, type } = metadata;
    if (!schema) return value;
    const result = await this.validate<T>(type === 'body' ? (value ?? {}) : value, schema);
    const issues = result.issues?.flatMap(withFieldPath) ?? droppedFields(value);
    if (!result.issues && issues.length === 0) return result.value;
    const errors = fieldErrors(issues);
    throw type === 'query'
      ? new ApiProblem('invalid_query', firstError('query', errors), { errors })
      : new ApiProblem('validation_failed', firstError('body', errors), { errors });
  }
}

const unknownField = 'is not a known field';

/** One issue per unknown field, at the path of the field; the schema reports them together at the path of their object. */
function withFieldPath(issue: SchemaIssue): Issue[] {
  const path = (issue.path ?? []).map((part) => (typeof part === 'object' ? part.key : part));
  const { code, keys } = issue as { code?: string; keys?: string[] };
  if (code !== 'unrecognized_keys' || !keys) return [{ path, message: issue.message }];
  return keys.map((key) => ({ path: [...path, key], message: unknownField }));
}

/** A record schema drops the key `__proto__` without an issue. Called only for values that fit their schema: these are not deep. */
function droppedFields(value: unknown): Issue[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === '__proto__'
      ? [{ path: [key], message: unknownField }]
      : droppedFields(inner).map(({ path, message }) => ({ path: [key, ...path], message })),
  );
}
