import { createRequire } from 'node:module';
import { join } from 'node:path';
import { checkout } from './checkout.js';
import type { CompiledCode } from './compile.js';
import { TurnPromise, TurnStorage, runAsync } from './turn-promise.js';

/** The time that simulated code sees: of a run's workflow task, or of the world, whichever is being worked on. */
export const clock = { now: 0 };

class SimulatedDate extends Date {
  constructor(...args: unknown[]) {
    if (args.length === 0) super(clock.now);
    else super(...(args as [number]));
  }

  static override now(): number {
    return clock.now;
  }
}

/** What simulated code finds as `globalThis`. The SDK keeps the runtime of the current run there. */
interface SimulatedGlobal {
  __TEMPORAL_ACTIVATOR__: unknown;
}

export interface LoadedCode {
  global: SimulatedGlobal;
  /** The exports of an entry of the compiled code. */
  entry: <Exports>(name: string) => Exports;
}

const parameters = ['exports', 'require', 'module', '__runAsync', 'Promise', 'Date', 'globalThis'];

/** Loads compiled code. Each call gives a copy of its own, with its own classes and module variables. */
export function loadCode({ modules, entries }: CompiledCode): LoadedCode {
  const fromHere = createRequire(join(checkout, 'package.json'));
  const global = {
    AsyncLocalStorage: TurnStorage,
    Promise: TurnPromise,
    Date: SimulatedDate,
    Math,
    __TEMPORAL_ACTIVATOR__: undefined as unknown,
  };
  const loaded = new Map<string, { exports: unknown }>();

  function load(id: string): unknown {
    const known = loaded.get(id);
    if (known) return known.exports;
    const { code, requires } = modules[id]!;
    const module = { exports: {} as unknown };
    loaded.set(id, module);
    const require = (name: string): unknown => {
      const target = requires[name];
      return target === undefined ? (fromHere(name) as unknown) : load(target);
    };
    // The code of this checkout, compiled a moment ago.
    // eslint-disable-next-line @typescript-eslint/no-implied-eval
    const run = new Function(...parameters, `${code}\n//# sourceURL=simulated/${id}`);
    run.call(undefined, module.exports, require, module, runAsync, TurnPromise, SimulatedDate, global);
    return module.exports;
  }
  return { global, entry: <Exports>(name: string) => load(entries[name]!) as Exports };
}
