import { Injectable, StandardSchemaValidationPipe, type ArgumentMetadata } from '@nestjs/common';
import { errorsOf } from './json-pointer.js';
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
    if (!result.issues) return result.value;
    const errors = errorsOf(result.issues);
    const first = errors[0];
    const where = first ? `${first.path || 'the whole'}: ${first.message}` : 'it does not fit';
    throw type === 'query'
      ? new ApiProblem('invalid_query', `The query cannot be taken: ${where}`, { errors })
      : new ApiProblem('validation_failed', `The body cannot be taken: ${where}`, { errors });
  }
}
