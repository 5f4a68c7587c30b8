import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { checkout } from './checkout.js';
import { CodeCache } from './code-cache.js';

/** One replacement in one file of the checkout, as in tools/cli/mutants. */
export interface CodeChange {
  /** From the root of the checkout: `workflows/order/process.ts`. */
  file: string;
  /** Occurs exactly once in the file. */
  from: string;
  to: string;
}

/** The simulated code, ready to be loaded: plain data, so that a worker thread can be given it. */
export interface CompiledCode {
  modules: Record<string, CompiledModule>;
  /** Ids of the modules that the simulation starts with, by the names that it uses. */
  entries: Record<string, string>;
}

interface CompiledModule {
  code: string;
  /** What each name in a `require` stands for: the id of a module; undefined where it is a module of this program. */
  requires: Record<string, string>;
}

const entries = {
  workflows: 'workflows/index.ts',
  engine: '@temporalio/workflow/lib/internals',
  interface: '@temporalio/workflow/lib/worker-interface',
  common: '@temporalio/common',
  models: 'tools/simulate/world/simulated-parts.ts',
};

/** Modules that simulated code gets another one for: the real one would bring the network, or a runtime of its own. */
const aliases: Record<string, string> = {
  '@temporalio/activity': 'tools/simulate/runtime/modelled-activity.ts',
  'services/support/client.ts': 'services/support/errors.ts',
};

/** Below the checkout, or elsewhere if its node_modules is a link. */
const isOfPackage = /(^|\/)node_modules\//;

/** Packages that are loaded as simulated code too, because they make promises. */
const simulated = /^@temporalio\/(workflow|common)(\/|$)/;

/** Compiled modules by name and text. Edits leave most of them as they are. */
const compiledTexts = new Map<string, string>();

/**
 * Compiles the product's code for the simulation, with changes in it. The checkout stays as it is.
 *
 * @throws {Error} when a change is not in its file exactly once.
 */
export async function compileCode(changes: readonly CodeChange[] = []): Promise<CompiledCode> {
  const texts = changedTexts(changes);
  const cache = new CodeCache();
  const modules: Record<string, CompiledModule> = {};
  const open: string[] = [];
  const add = (id: string): string => {
    if (!(id in modules)) {
      modules[id] = { code: '', requires: {} };
      open.push(id);
    }
    return id;
  };
  const names = Object.entries(entries).map(([name, path]) => {
    const id = simulated.test(path) ? packageFile(path, join(checkout, 'workflows/index.ts')) : path;
    return [name, add(id)] as const;
  });
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const file = join(checkout, id);
    const text = texts.get(id) ?? readFileSync(file, 'utf8');
    const code = await compiled(id, text, cache);
    const requires: Record<string, string> = {};
    for (const [, name] of code.matchAll(/\brequire\("([^"\n]+)"\)/g)) {
      const target = resolved(name!, id);
      if (target !== undefined) requires[name!] = add(target);
    }
    modules[id] = { code, requires };
  }
  return { modules, entries: Object.fromEntries(names) };
}

function changedTexts(changes: readonly CodeChange[]): Map<string, string> {
  const texts = new Map<string, string>();
  for (const { file, from, to } of changes) {
    const before = texts.get(file) ?? readFileSync(join(checkout, file), 'utf8');
    const count = before.split(from).length - 1;
    if (count !== 1) {
      throw new Error(`${file} has ${JSON.stringify(from.slice(0, 80))} ${count} times instead of once.`);
    }
    texts.set(
      file,
      before.replace(from, () => to),
    );
  }
  return texts;
}

async function compiled(id: string, text: string, cache: CodeCache): Promise<string> {
  if (id.endsWith('.json')) return `module.exports = ${text};`;
  // A package's file is CommonJS already.
  if (id.endsWith('.js') && !/\basync\b|\.\.\.|=>|\bfunction\b/.test(text)) return text;
  const name = `${id}\n${text}`;
  const known = compiledTexts.get(name);
  if (known !== undefined) return known;
  const code = await cache.find(id, text, async () => (await import('./transpile/transpile.js')).transpile(id, text));
  compiledTexts.set(name, code);
  return code;
}

function resolved(name: string, from: string): string | undefined {
  if (name in aliases) return aliases[name];
  if (name.startsWith('.')) {
    const path = join(dirname(from), name).replaceAll('\\', '/');
    if (!isOfPackage.test(from)) {
      const file = path.replace(/\.js$/, '.ts');
      return aliases[file] ?? file;
    }
    return packageFile(join(checkout, path), join(checkout, from));
  }
  return simulated.test(name) ? packageFile(name, join(checkout, from)) : undefined;
}

function packageFile(name: string, from: string): string {
  return relative(checkout, createRequire(from).resolve(name)).replaceAll('\\', '/');
}
