import type { Shape } from './shape.js';

/**
 * What a process can be told, declared once: the sender, the handler that checks it and the step that waits for it use the same value.
 * Commands (Updates in Temporal) and events (Signals) are both declared with this.
 */
export interface MessageType<Name extends string = string, Content = unknown> {
  /** Name of the Update or the Signal. */
  readonly name: Name;
  /** What the content has to look like. */
  readonly shape: Shape<Content>;
}

/** What a message of this type says. */
export type ContentOf<Type> = Type extends MessageType<string, infer Content> ? Content : never;

/** @example const cancel = messageType('cancel', object<{ reason?: string }>({ reason: optional(text) })); */
export function messageType<const Name extends string, Content>(
  name: Name,
  shape: Shape<Content>,
): MessageType<Name, Content> {
  return { name, shape };
}
