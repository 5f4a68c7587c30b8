type Part<Call, Name extends string> =
  Call extends Record<Name, infer Value extends object>
    ? Value extends Record<string, never>
      ? object // An empty body must not forbid the properties of the other part.
      : Value
    : object;

/**
 * The input object of an activity. It combines the operation's path parameters and body with the idempotency key, which the engine
 * derives from order, step and operation.
 */
export type InputOf<Client, Name extends keyof Client> = Client[Name] extends (input: infer Call) => Promise<unknown>
  ? { key: string } & Part<Call, 'params'> & Part<Call, 'body'>
  : never;
