import { Fault, Rejection, UnexpectedRejection, type ServiceClient } from '../../../services/support/client.js';
import type { OperationRequest } from '../../../services/support/handlers.js';
import type { AnswerOf, Contract, Operation } from '../../../services/support/operation.js';
import { problemOf } from '../../../services/support/problem.js';
import { quote } from '../../../services/support/quote.js';
import { undone } from '../../../services/support/undone.js';
import { findUnstorable } from '../../../services/support/storable.js';
import { copy } from '../runtime/copy.js';
import type { Keys, StoredCall } from './keys.js';

/** The result of a call: its answer, and what it changes in the tables. */
export interface Outcome<Answer> {
  answer: Answer;
  effect?: () => void;
}

type Request<O> = Pick<OperationRequest<O>, 'params' | 'query' | 'body' | 'key' | 'run'>;

/** The handler of an operation that has an idempotency key: a decision, and the names of effects that the real handler has. See IdempotentHandler in services/support/handlers.ts. */
export interface Changing<O> {
  /** @throws {Rejection} it is stored under the key. Any other error is not. */
  decide: (request: Request<O>) => Outcome<AnswerOf<O>>;
  /** What happens before the decision, and stays if the call fails. @returns how long it takes, in ms. */
  before?: ((request: Request<O>) => number) | undefined;
  undoes?: ((request: never, answer: never) => string[]) | undefined;
  reliesOn?: ((request: never) => string[]) | undefined;
}

export type MemoryHandlers<C extends Contract> = {
  [Name in keyof C]: C[Name] extends { idempotent: true }
    ? Changing<C[Name]>
    : (request: Request<C[Name]>) => AnswerOf<C[Name]> | Promise<AnswerOf<C[Name]>>;
};

export interface MemoryClientOptions {
  service: string;
  keys: Keys;
  /** Passes virtual time, for calls that take some. */
  wait: (ms: number) => Promise<void>;
  /** Check inputs and answers against the contract, as the real client and the real service do. */
  checksValues: boolean;
}

interface Target {
  options: MemoryClientOptions;
  name: string;
  operation: Operation;
  handler: LooseHandler;
}

interface LooseRequest {
  params?: unknown;
  query?: unknown;
  body?: unknown;
  key?: string;
  run?: string;
  signal?: AbortSignal;
}

/**
 * A client of a service whose tables are in memory. It answers as `serviceClient` does: the same answers, rejections and faults, stored by
 * idempotency key, without a network. A call takes effect before it returns, unless it has to wait. An input belongs to the service
 * from the call on: do not change it afterwards.
 */
export function memoryClient<C extends Contract>(
  contract: C,
  handlers: MemoryHandlers<C>,
  options: MemoryClientOptions,
): ServiceClient<C> {
  const client: Record<string, unknown> = { close: () => Promise.resolve() };
  for (const [name, operation] of Object.entries<Operation>(contract)) {
    const target: Target = { options, name, operation, handler: handlers[name] as LooseHandler };
    client[name] = (request: LooseRequest) => answer(target, request);
  }
  return client as ServiceClient<C>;
}

interface LooseChanging {
  decide: (request: LooseRequest) => Outcome<unknown>;
  before?: (request: LooseRequest) => number;
  undoes?: (request: LooseRequest, answer: unknown) => string[];
  reliesOn?: (request: LooseRequest) => string[];
}
type LooseHandler = LooseChanging | ((request: LooseRequest) => unknown);

async function answer(target: Target, given: LooseRequest): Promise<unknown> {
  const { options, handler } = target;
  const { signal } = given;
  if (signal?.aborted) throw signal.reason;
  try {
    const request = options.checksValues ? checked(target.operation, given) : given;
    if (typeof handler === 'function') return copy(await handler(request));
    const key = request.key as string;
    const known = options.keys.find(key);
    if (known) return replay(target, handler, known, request);
    const ms = handler.before?.(request) ?? 0;
    if (ms === 0) return decide(target, handler, key, request);
    const decided = options.wait(ms).then(() => {
      // Another call with the same key may have been faster.
      const stored = options.keys.find(key);
      return stored ? replay(target, handler, stored, request) : decide(target, handler, key, request);
    });
    return await (signal ? Promise.race([decided, whenAborted(signal)]) : decided);
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw told(target, error);
  }
}

function decide(target: Target, handler: LooseChanging, key: string, request: LooseRequest): unknown {
  const { name, operation, options } = target;
  const { keys } = options;
  const { run } = request;
  let outcome: Outcome<unknown>;
  try {
    outcome = handler.decide(request);
  } catch (error) {
    if (!(error instanceof Rejection)) throw error;
    // A call after the undo is rejected in any case; a run that was reset gets the reason.
    if (run !== undefined && keys.undoneByAnother(handler.reliesOn?.(request), run)) throw undone(name);
    if (isListed(operation, error.code)) keys.store(key, name, request, error.status, JSON.stringify(error.body));
    throw error;
  }
  const value = options.checksValues ? operation.answer.parse(outcome.answer) : outcome.answer;
  const text = JSON.stringify(value);
  const answer = copy(value);
  outcome.effect?.();
  if (handler.undoes) keys.recordUndone(handler.undoes(request, outcome.answer), run);
  keys.store(key, name, request, 200, text);
  return answer;
}

function replay({ name, options }: Target, handler: LooseChanging, known: StoredCall, request: LooseRequest): unknown {
  const { keys } = options;
  keys.checkSame(known, name, request);
  if (known.status !== 200) {
    const { code, detail } = JSON.parse(known.answer) as { code: string; detail: string };
    throw new Rejection(code, detail);
  }
  if (handler.reliesOn && keys.undoneByAnother(handler.reliesOn(request), request.run)) throw undone(name);
  return JSON.parse(known.answer);
}

/** The request with the values that the service reads from it. */
function checked(operation: Operation, request: LooseRequest): LooseRequest {
  const values = { ...request };
  for (const part of ['params', 'query', 'body'] as const) {
    const schema = operation[part];
    if (!schema) continue;
    const result = schema.safeParse(request[part] ?? (part === 'query' ? {} : undefined));
    const unstorable = result.success ? findUnstorable(result.data) : undefined;
    if (!result.success || unstorable) {
      const { path, message } = unstorable ?? (result.error as NonNullable<typeof result.error>).issues[0]!;
      throw new InvalidInput(`validation_failed ${part} /${path.map(String).join('/')} ${message}`);
    }
    values[part] = result.data;
  }
  return values;
}

/** The service refuses the input: a bug of the caller. */
class InvalidInput extends Error {}

function isListed(operation: Operation, code: string): boolean {
  return operation.rejections?.includes(code) ?? false;
}

/** What the client of a real service throws for an error of the service. */
function told({ options: { service }, name, operation }: Target, error: unknown): Error {
  const problem = problemOf(error as Error);
  if (problem && isListed(operation, problem.code)) {
    return new Rejection(problem.code, quote(problem.message), service, name);
  }
  const status = error instanceof InvalidInput ? 422 : problem instanceof Rejection ? 500 : (problem?.status ?? 500);
  const text = `${service} ${name}: status ${status}: ${problem?.code ?? ''} ${quote((error as Error).message)}`;
  if (status < 500) return new UnexpectedRejection(service, name, text, status);
  return new Fault(service, name, text, status, undefined, { cause: error });
}

function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
