import type { FailureCode } from '../../contracts/failures.js';
import type { Mailbox } from './mailbox.js';
import type { ContentOf, MessageOf, MessageType } from './message.js';

/** A running timer. Made once in a step's body, it counts on across all waits that are given it. */
export interface Deadline {
  readonly passed: boolean;
}

/** A wait that ends with its answer, or ends the step: without a deadline, or with one that fails the process. */
type UntilAnswered = { due?: undefined } | { due: Deadline; late: FailureCode };
/** A wait that answers undefined once its deadline has passed. */
type UntilDue = { due: Deadline; late?: undefined };

/** Waits show the step as `waiting`. Without a `late` code a passed deadline is an answer: undefined. */
export interface Waits {
  /** Takes the oldest message of this type out of the mailbox, and answers its content. */
  wait<Type extends MessageType>(this: void, type: Type, options?: UntilAnswered): Promise<ContentOf<Type>>;
  wait<Type extends MessageType>(this: void, type: Type, options: UntilDue): Promise<ContentOf<Type> | undefined>;
  /** Takes the oldest message of any of these types, and answers it whole; its `type` tells which it is. */
  waitForAny<Type extends MessageType>(
    this: void,
    types: readonly Type[],
    options?: UntilAnswered,
  ): Promise<MessageOf<Type>>;
  waitForAny<Type extends MessageType>(
    this: void,
    types: readonly Type[],
    options: UntilDue,
  ): Promise<MessageOf<Type> | undefined>;
  /** Waits for a condition: calls `ready` now and after every change of the run, until it returns something. */
  waitUntil<Value>(this: void, ready: () => Value | undefined, options?: UntilAnswered): Promise<Value>;
  waitUntil<Value>(this: void, ready: () => Value | undefined, options: UntilDue): Promise<Value | undefined>;
  /** Starts a timer. `summary` is shown in Temporal's Web UI. */
  deadline: (ms: number, summary: string) => Deadline;
}

export interface WaitOptions {
  due?: Deadline | undefined;
  late?: FailureCode | undefined;
}

/** Asked again after every change; the value is boxed, as a message may have no content. */
export type Ready<Value> = () => { value: Value } | undefined;

/** @param until resolves once the condition answers something, or as the options say */
export function waitsOn(
  mailbox: Mailbox,
  until: <Value>(ready: Ready<Value>, options?: WaitOptions) => Promise<Value | undefined>,
  deadline: Waits['deadline'],
): Waits {
  const waits = {
    wait: (type: MessageType, options?: WaitOptions) =>
      until(() => {
        const message = mailbox.take(type);
        return message && { value: message.content };
      }, options),
    waitForAny: (types: readonly MessageType[], options?: WaitOptions) =>
      until(() => {
        const message = mailbox.take(...types);
        return message && { value: message };
      }, options),
    waitUntil: <Value>(ready: () => Value | undefined, options?: WaitOptions) =>
      until(() => {
        const value = ready();
        return value === undefined ? undefined : { value };
      }, options),
    deadline,
  };
  return waits as Waits;
}
