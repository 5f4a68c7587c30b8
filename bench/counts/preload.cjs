// Counts what a program does for an order. `NODE_OPTIONS=--require=FOLDER/preload.cjs` loads it into each program and thread of a system
// before anything else. Plain JavaScript that runs from a copy of this file in any checkout. Each thread appends lines to a file of its own
// in the folder of the copy, and each line is complete when the work that it counts has ended.
const { AsyncLocalStorage } = require('node:async_hooks');
const { subscribe } = require('node:diagnostics_channel');
const { appendFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const { join } = require('node:path');
const v8 = require('node:v8');
const vm = require('node:vm');
const { isMainThread, threadId } = require('node:worker_threads');

// A thread cannot see which program it belongs to, but it gets a copy of the environment.
if (isMainThread) process.env.COUNTED_PROGRAM = process.argv[1] ?? '';
const entry = process.env.COUNTED_PROGRAM;
/** `worker`, `api`, or the name of a service. */
const program = /([^/]+)\/main\.js$/.exec(entry)?.[1];
const requireOfProgram = createRequire(entry || __filename);

function write(line) {
  appendFileSync(join(__dirname, `${process.pid}-${threadId}.ndjson`), `${JSON.stringify({ program, ...line })}\n`);
}

if (program !== undefined && isMainThread) {
  countRequests();
  countStatements();
} else if (program !== undefined) countWorkflows();

/**
 * In the thread that runs workflow code: every promise that is made in the workflows' context while a run is active there, by its code, the
 * SDK or the engine; every activation of a run (all but queries and evictions); and every call from outside into the context.
 */
function countWorkflows() {
  const { BaseVMWorkflow } = requireOfProgram('@temporalio/worker/lib/workflow/vm-shared.js');
  const counts = new Map();
  const activeRuns = new WeakMap();
  const countsOf = (activator) => {
    const { workflowId } = activator.info;
    if (!counts.has(workflowId)) counts.set(workflowId, { promises: 0, calls: 0 });
    return counts.get(workflowId);
  };

  v8.promiseHooks.onInit((promise) => {
    // The Function of the context that made the promise reads that context's globals.
    const { constructor: Function } = promise.constructor;
    if (!activeRuns.has(Function)) activeRuns.set(Function, Function('return globalThis.__TEMPORAL_ACTIVATOR__'));
    const activator = activeRuns.get(Function)();
    if (activator?.info) countsOf(activator).promises += 1;
  });

  const { runInContext } = vm.Script.prototype;
  vm.Script.prototype.runInContext = function (context, ...options) {
    const result = runInContext.call(this, context, ...options);
    const activator = context.__TEMPORAL_ACTIVATOR__;
    if (activator?.info) countsOf(activator).calls += 1;
    return result;
  };

  const { activate } = BaseVMWorkflow.prototype;
  BaseVMWorkflow.prototype.activate = async function (activation) {
    const completion = await activate.call(this, activation);
    if (activation.jobs.some(({ queryWorkflow }) => queryWorkflow)) return completion;
    const { workflowId } = this.activator.info;
    write({ kind: 'activation', workflowId, ...countsOf(this.activator) });
    counts.delete(workflowId);
    return completion;
  };
}

/** Every HTTP request that this program makes with undici. */
function countRequests() {
  subscribe('undici:request:create', ({ request: { method, path } }) => write({ kind: 'request', method, path }));
}

/**
 * Every statement that this program sends to PostgreSQL: each Execute message, and each statement of a simple query, so BEGIN and COMMIT
 * are one each. `route` is the call that the statement is for. Statements without one belong to background work.
 */
function countStatements() {
  const calls = new AsyncLocalStorage();
  subscribe('http.server.request.start', ({ request: { method, url } }) => calls.enterWith(`${method} ${url}`));
  const { prototype } = requireOfProgram('pg/lib/connection.js');
  const { query, parse, bind, execute } = prototype;
  const texts = new WeakMap();
  const current = new WeakMap();
  const note = (text) => write({ kind: 'statement', text: text.replace(/\s+/g, ' '), route: calls.getStore() });
  prototype.query = function (text) {
    for (const statement of text.split(';')) if (statement.trim() !== '') note(statement.trim());
    return query.call(this, text);
  };
  prototype.parse = function (statement) {
    if (!texts.has(this)) texts.set(this, new Map());
    texts.get(this).set(statement.name ?? '', statement.text);
    return parse.call(this, statement);
  };
  prototype.bind = function (portal) {
    current.set(this, texts.get(this)?.get(portal.statement ?? ''));
    return bind.call(this, portal);
  };
  prototype.execute = function (portal) {
    note(current.get(this) ?? 'unknown');
    return execute.call(this, portal);
  };
}
