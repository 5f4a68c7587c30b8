import fc from 'fast-check';
import { z } from 'zod';
import { countries } from '../../contracts/iso-codes.js';

interface JsonSchema {
  /** For example `#/$defs/Cancel`. Schemas with an id are among the definitions. */
  $ref?: string;
  $defs?: Record<string, JsonSchema>;
  type?: string;
  enum?: unknown[];
  const?: unknown;
  pattern?: string;
  format?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  items?: JsonSchema;
  properties?: Record<string, JsonSchema>;
  required?: string[];
}

/** Generates bodies from a schema's JSON schema, drops those that its refinements refuse, and returns them as the schema parses them. */
export function bodiesOf(schema: z.ZodType): fc.Arbitrary<unknown> {
  const document = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
  const root = document.$ref === undefined ? document : document.$defs![document.$ref.split('/').at(-1)!]!;
  return arbitrary(root)
    .map((body) => schema.safeParse(body))
    .filter(({ success }) => success)
    .map(({ data }) => data);
}

function arbitrary(schema: JsonSchema, name = ''): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.type === 'integer') return fc.integer(numbers(schema));
  if (schema.type === 'array') {
    return fc.array(arbitrary(schema.items!), { minLength: schema.minItems ?? 0, maxLength: 4 });
  }
  if (schema.type === 'object') {
    const properties = Object.entries(schema.properties!).map(([key, inner]) => [key, arbitrary(inner, key)] as const);
    return fc.record(Object.fromEntries(properties), { requiredKeys: schema.required ?? [], noNullPrototype: true });
  }
  if (schema.type === 'string') return strings(schema, name);
  throw new Error(`no bodies for ${JSON.stringify(schema)}`);
}

function numbers({ minimum, maximum }: JsonSchema) {
  return { ...(minimum !== undefined && { min: minimum }), ...(maximum !== undefined && { max: maximum }) };
}

function strings({ pattern, format, minLength = 0, maxLength = 100 }: JsonSchema, name: string): fc.Arbitrary<string> {
  // The list of countries is a refinement, which is not part of the JSON schema.
  if (name === 'country') return fc.constantFrom(...countries);
  if (name === 'token') return fc.stringMatching(/^tok_[A-Za-z0-9_-]{1,8}$/);
  if (format === 'date-time') {
    return fc.date({ min: new Date(0), noInvalidDate: true, max: new Date('9999-01-01') }).map((d) => d.toISOString());
  }
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern));
  return fc.string({ unit: 'grapheme', minLength, maxLength: Math.min(maxLength, 20) });
}
