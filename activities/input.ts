type Part<Call, Name extends string> =
  Call extends Record<Name, infer Value extends object>
    ? Value extends Record<string, never>
      ? object // An empty body says nothing, and forbids nothing of the other part.
      : Value
    : object;

/**
 * The one input object of an activity: the operation's path parameters and body in one, and the idempotency key, which the engine
 * derives from order, step and operation.
 */
export type InputOf<Client, Name extends keyof Client> = Client[Name] extends (input: infer Call) => Promise<unknown>
  ? { key: string } & Part<Call, 'params'> & Part<Call, 'body'>
  : never;
