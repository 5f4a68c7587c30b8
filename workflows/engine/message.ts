import type { Shape } from './shape.js';

/**
 * What a process can be told, declared once: the sender, the handler that checks it and the step that waits for it use the same value.
 * Commands (Updates in Temporal) and events (Signals) are both declared with this.
 */
export interface MessageType<Name extends string = string, Content = unknown> {
  /** Name of the Update or the Signal. */
  readonly name: Name;
  /** Checks the content. */
  readonly shape: Shape<Content>;
}

/** The content of a message of this type. */
export type ContentOf<Type> = Type extends MessageType<string, infer Content> ? Content : never;

/** A message of this type; of one of these types, where there are several. */
export type MessageOf<Type> =
  Type extends MessageType<infer Name, infer Content>
    ? { readonly type: Name; readonly id: string; readonly subject?: string; readonly content: Content }
    : never;

/** A message as it is delivered. The same id about the same subject again has no effect. */
export interface Delivery<Type> {
  readonly id: string;
  readonly subject?: string;
  readonly content: ContentOf<Type>;
}

/** @example const cancel = messageType('cancel', object<{ reason?: string }>({ reason: optional(text) })); */
export function messageType<const Name extends string, Content>(
  name: Name,
  shape: Shape<Content>,
): MessageType<Name, Content> {
  return { name, shape };
}
