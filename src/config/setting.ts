import { z } from 'zod';

/** What the documents say about a variable. */
export interface SettingMeta {
  group: 'System' | 'API' | 'Services' | 'Orders' | 'Temporal';
  description: string;
  /** The allowed values. An error shows them after "allowed: ". */
  allowed: string;
  /** The value is never shown. */
  secret?: true;
  /** What applies if the variable is unset and has no default. */
  unset?: string;
}

/** The description of each setting's schema. */
export const descriptions = z.registry<SettingMeta>();

/** A setting without a default. */
export function optional<T extends z.ZodType>(reader: T, about: SettingMeta) {
  const schema = reader.optional();
  descriptions.add(schema, about);
  return schema;
}

/** A setting with a default. The default is text: it is read like a given value. */
export function setting<T extends z.ZodType<unknown, string>>(reader: T, preset: string, about: SettingMeta) {
  const schema = reader.prefault(preset as never);
  descriptions.add(schema, about);
  return schema;
}
