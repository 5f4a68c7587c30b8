import { Injectable, StandardSchemaValidationPipe, type ArgumentMetadata } from '@nestjs/common';
import { errorsOf, type Issue } from './json-pointer.js';
import { ApiProblem } from './problem.js';

/**
 * Validates by the schema that stands at the parameter: `@Body({ schema })`, `@Query({ schema })`. A body that is not there
 * counts as `{}`.
 *
 * @throws {ApiProblem} validation_failed for a body, invalid_query for a query, with the place of each error.
 */
@Injectable()
export class ValidationPipe extends StandardSchemaValidationPipe {
  override async transform<T>(value: T, metadata: ArgumentMetadata): Promise<T> {
    const { schema, type } = metadata;
    if (!schema) return value;
    const result = await this.validate<T>(type === 'body' ? (value ?? {}) : value, schema);
    const issues = result.issues ?? droppedFields(value);
    if (!result.issues && issues.length === 0) return result.value;
    const errors = errorsOf(issues);
    const first = errors[0];
    const where = first ? `${first.path || 'the whole'}: ${first.message}` : 'it does not fit';
    throw type === 'query'
      ? new ApiProblem('invalid_query', `The query cannot be taken: ${where}`, { errors })
      : new ApiProblem('validation_failed', `The body cannot be taken: ${where}`, { errors });
  }
}

/** A record's schema drops a key `__proto__` and says nothing. Only for values that fit their schema, which are not deep. */
function droppedFields(value: unknown): Issue[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === '__proto__'
      ? [{ path: [key], message: 'is not known here' }]
      : droppedFields(inner).map(({ path = [], message }) => ({ path: [key, ...path], message })),
  );
}
