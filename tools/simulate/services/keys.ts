import { canonicalJson } from '../../../src/platform/canonical-json.js';
import { Problem } from '../../../src/platform/problem.js';
import type { World } from './world.js';

/** A row of the table `idempotency_keys`. */
export interface StoredCall {
  operation: string;
  params: unknown;
  body: unknown;
  status: number;
  /** JSON. */
  answer: string;
  /** In ms since the epoch. */
  at: number;
  /** The number of the call among those of all services. */
  seq: number;
}

/** What distinguishes one call of an operation from another. */
interface Input {
  params?: unknown;
  body?: unknown;
}

interface Undo {
  /** The run that undid it first; null where the caller named none. */
  run: string | null;
  at: number;
}

/** The tables that every service has: the answers by idempotency key, and the effects that were undone. */
export class Keys {
  calls = new Map<string, StoredCall>();
  undos = new Map<string, Undo>();

  constructor(private readonly world: Pick<World, 'now' | 'nextSeq'>) {}

  reset(): void {
    this.calls = new Map();
    this.undos = new Map();
  }

  find(key: string): StoredCall | undefined {
    return this.calls.get(key);
  }

  store(key: string, operation: string, { params, body }: Input, status: number, answer: string): void {
    const { now, nextSeq } = this.world;
    this.calls.set(key, { operation, params, body, status, answer, at: now(), seq: nextSeq() });
  }

  /** @throws {Problem} 422 idempotency_key_reused when the key belongs to another call. */
  checkSame(known: StoredCall, operation: string, input: Input): void {
    if (known.operation === operation && textOf(known) === textOf(input)) return;
    throw new Problem(422, 'idempotency_key_reused', 'This Idempotency-Key was used for another call');
  }

  recordUndone(effects: readonly string[] = [], run: string | undefined): void {
    for (const effect of effects) {
      if (!this.undos.has(effect)) this.undos.set(effect, { run: run ?? null, at: this.world.now() });
    }
  }

  /** Whether another run has undone one of the effects; see services/support/undone.ts. */
  undoneByAnother(effects: readonly string[] = [], run: string | undefined): boolean {
    return effects.some((effect) => {
      const undo = this.undos.get(effect);
      return undo !== undefined && (run === undefined || undo.run !== run);
    });
  }
}

function textOf({ params, body }: Input): string {
  return canonicalJson({ params, body });
}
