import type { Delivery, MessageOf, MessageType } from './message.js';

type AnyMessage = MessageOf<MessageType>;

/**
 * Messages by type and subject, oldest first. Handlers write here and waits read here, so a message that comes early, late or twice is no
 * special case.
 */
export class Mailbox {
  readonly #messages: AnyMessage[] = [];
  readonly #seen = new Set<string>();

  /** False for a repeated id: the message has no effect again. */
  put<Type extends MessageType>(type: Type, delivery: Delivery<Type>): boolean {
    const key = `${type.name}|${delivery.subject ?? ''}|${delivery.id}`;
    if (this.#seen.has(key)) return false;
    this.#seen.add(key);
    this.#messages.push({ type: type.name, ...delivery });
    return true;
  }

  /** The oldest message of this type about this subject. It stays in the mailbox. */
  peek<Type extends MessageType>(type: Type, subject?: string): MessageOf<Type> | undefined {
    return this.all(type, subject)[0];
  }

  /** Every message of this type about this subject, oldest first. They stay in the mailbox. */
  all<Type extends MessageType>(type: Type, subject?: string): MessageOf<Type>[] {
    return this.#messages.filter((m) => m.type === type.name && m.subject === subject) as MessageOf<Type>[];
  }

  /** The type of the oldest message of any of these types about any of these subjects. */
  first(types: readonly MessageType[], subjects: readonly (string | undefined)[]): string | undefined {
    const names = types.map(({ name }) => name);
    return this.#messages.find(({ type, subject }) => names.includes(type) && subjects.includes(subject))?.type;
  }

  /** Takes out the oldest message of any of these types, whatever its subject. */
  take<const Types extends readonly MessageType[]>(...types: Types): MessageOf<Types[number]> | undefined {
    const index = this.#messages.findIndex((m) => types.some((type) => type.name === m.type));
    return index < 0 ? undefined : (this.#messages.splice(index, 1)[0] as MessageOf<Types[number]>);
  }

  /** Makes a message that was taken, and not used, the oldest again. */
  putBack(message: AnyMessage): void {
    this.#messages.unshift(message);
  }
}
