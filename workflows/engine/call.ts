import { defined } from '../../contracts/defined.js';

/** A call to one operation of a service, described but not made. */
export interface Call<Answer> {
  service: string;
  operation: string;
  input: object;
  /**
   * Tells several calls of one step to the same operation apart (a second payment attempt). It is part of the idempotency key, so keep it
   * short: pass the digest of an id that comes from outside.
   */
  subject?: string;
  /** Type only: what the call answers. */
  readonly answer?: Answer;
}

type AnyActivity = (input: never) => Promise<unknown>;

/**
 * The operations of a service as functions that describe a call instead of making it.
 *
 * @example const inventory = service<InventoryActivities>('inventory'); inventory.release({ orderId })
 */
export function service<Activities extends Record<keyof Activities, AnyActivity>>(name: string) {
  type Input<K extends keyof Activities> = Omit<Parameters<Activities[K]>[0], 'key'>;
  type Calls = {
    [K in keyof Activities]: (input: Input<K>, subject?: string) => Call<Awaited<ReturnType<Activities[K]>>>;
  };
  return new Proxy({} as Calls, {
    get: (_target, operation: string) => (input: object, subject?: string) => ({
      service: name,
      operation,
      input,
      ...defined({ subject }),
    }),
  });
}
