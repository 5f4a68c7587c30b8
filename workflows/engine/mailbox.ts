import type { Mailbox, Message } from './definition.js';

/**
 * Messages by kind and subject, in the order they came. Handlers only write here and waits read here, so a message that came
 * before anybody waited for it, or twice, is no special case.
 */
export class MessageBox implements Mailbox {
  readonly #messages: Message[] = [];
  readonly #seen = new Set<string>();

  /** False when a message of this id was put before: it has no effect again. */
  put(message: Message): boolean {
    const key = `${message.kind}|${message.subject ?? ''}|${message.id}`;
    if (this.#seen.has(key)) return false;
    this.#seen.add(key);
    this.#messages.push(message);
    return true;
  }

  peek<Content>(
    kind: string,
    subject?: string,
    wanted: (message: Message<Content>) => boolean = () => true,
  ): Message<Content> | undefined {
    const messages = this.#messages as Message<Content>[];
    return messages.find((m) => m.kind === kind && m.subject === subject && wanted(m));
  }

  all<Content>(kind: string, subject?: string): Message<Content>[] {
    const messages = this.#messages as Message<Content>[];
    return messages.filter((m) => m.kind === kind && m.subject === subject);
  }

  take<Content>(kinds: readonly string[]): Message<Content> | undefined {
    const index = this.#messages.findIndex((m) => kinds.includes(m.kind));
    return index < 0 ? undefined : (this.#messages.splice(index, 1)[0] as Message<Content>);
  }

  putBack(message: Message): void {
    this.#messages.unshift(message);
  }
}
