import { createRequire } from 'node:module';
import type v8 from 'node:v8';
import workerThreads from 'node:worker_threads';

/** How much the workflow threads know about where each promise of a run was made. Set by WORKFLOW_STACK_TRACES. */
export type StackTraces = 'full' | 'short' | 'off';

const { Worker: Thread } = workerThreads;
/** The SDK's script for a thread that runs workflow code. */
const sdkThread = /[\\/]workflow-worker-thread(\.js)?$/;

/**
 * Sets what is recorded in this program. Call it once, before a worker is created or a history is replayed.
 *
 * The SDK takes a stack trace of each promise that workflow code makes, and maps it to the sources. It has no option for that, so each
 * thread that runs workflow code is prepared before it loads the SDK. If a later SDK does this elsewhere, its threads record everything.
 */
export function recordStackTraces(setting: StackTraces): void {
  const prepare = { full: () => undefined, short: shortenStackTraces, off: refusePromiseHook }[setting];
  const Prepared = class extends Thread {
    constructor(script: string | URL, options?: workerThreads.WorkerOptions) {
      if (!sdkThread.test(String(script))) super(script, options);
      else super(`(${prepare.toString()})(require); require(${JSON.stringify(script)});`, { ...options, eval: true });
    }
  };
  Object.assign(workerThreads, { Worker: Prepared });
  // A replay runs workflow code in the thread that asks for it.
  prepare(createRequire(import.meta.url));
}

// The functions below also run in other threads, from their text: they can use nothing of this file.

/** A few frames: of the SDK's own, and of the function that made the promise. The stack traces of errors become as short. */
function shortenStackTraces(require: NodeJS.Require): void {
  const vm = require('node:vm') as {
    createContext: (...args: unknown[]) => object;
    runInContext: (code: string, context: object) => unknown;
  };
  const { createContext } = vm;
  vm.createContext = (...args) => {
    const context = createContext(...args);
    vm.runInContext('Error.stackTraceLimit = 5', context);
    return context;
  };
}

/** The SDK goes on without stack traces. AsyncLocalStorage may use the same hook, so nobody else is refused it. */
function refusePromiseHook(require: NodeJS.Require): void {
  const { promiseHooks } = require('node:v8') as typeof v8;
  const { createHook } = promiseHooks;
  promiseHooks.createHook = (callbacks) => {
    if (!/[\\/]vm-shared\./.test(String(new Error().stack))) return createHook(callbacks);
    // The SDK's warning would blame the version of Node.js.
    const { warn } = console;
    console.warn = () => undefined;
    queueMicrotask(() => (console.warn = warn));
    throw new Error('WORKFLOW_STACK_TRACES is off.');
  };
}
