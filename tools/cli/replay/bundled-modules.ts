import { posix } from 'node:path';
import type { WorkflowBundle } from '@temporalio/worker';
import ts from 'typescript';

/**
 * The modules of a bundle of workflow code, each of which can be replaced. To bundle again takes seconds, and an edit changes one module or
 * two.
 *
 * The bundler keeps each module as a function under its path. The new source is compiled to CommonJS, which such a function can hold as it is.
 */
export class BundledModules {
  private readonly code: string;
  /** What stands before the paths of the checkout in the names of modules, such as `./`. */
  private readonly prefix: string;
  /** Modules of packages, by the name with which the workflow code imports them. */
  private readonly packages = new Map<string, string>();

  /** @param bundle made from the TypeScript sources of a checkout. */
  constructor(readonly bundle: WorkflowBundle) {
    this.code = withoutSourceMap(bundle.code);
    const entry = /^\/\*\*\*\/ "([^"\n]*)workflows\/index\.ts"$/m.exec(this.code);
    if (!entry) throw new Error('The bundle was not made from workflows/index.ts.');
    this.prefix = entry[1]!;
    for (const [, name, id] of this.code.matchAll(/__webpack_require__\(\/\*! (\S+) \*\/ "([^"\n]+)"\)/g)) {
      if (!name!.startsWith('.')) this.packages.set(name!, id!);
    }
  }

  /**
   * @param files the new texts of files, by their path in the checkout.
   * @returns undefined where a file, or something that it imports now, is not in the bundle: it has to be bundled anew.
   */
  with(files: ReadonlyMap<string, string>): WorkflowBundle | undefined {
    let { code } = this;
    for (const [file, text] of files) {
      const id = `${this.prefix}${file}`;
      const start = code.indexOf(`/***/ ${JSON.stringify(id)}\n`);
      const end = code.indexOf('\n/***/ }', start + 1);
      const body = this.compiled(file, text);
      if (start < 0 || end < 0 || body === undefined) return undefined;
      code =
        `${code.slice(0, start)}/***/ ${JSON.stringify(id)}\n` +
        `(module, exports, __webpack_require__) {\n"use strict";\n${body}\n${code.slice(end)}`;
    }
    return { ...this.bundle, code };
  }

  private compiled(file: string, text: string): string | undefined {
    const { outputText } = ts.transpileModule(text, {
      fileName: file,
      compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.CommonJS, isolatedModules: true },
    });
    let isComplete = true;
    const body = outputText.replace(/\brequire\("([^"\n]+)"\)/g, (_all, name: string) => {
      const path = `${this.prefix}${posix.join(posix.dirname(file), name).replace(/\.js$/, '.ts')}`;
      const id = name.startsWith('.') ? path : this.packages.get(name);
      if (id === undefined || !this.code.includes(`\n/***/ ${JSON.stringify(id)}\n`)) isComplete = false;
      return `__webpack_require__(${JSON.stringify(id)})`;
    });
    return isComplete ? body : undefined;
  }
}

const sourceMap = /\/\/# sourceMappingURL=data:application\/json;charset=utf-8;base64,[A-Za-z0-9+/=]+/;

/** The SDK reads the source map of each bundle, and keeps it. The edits are not traced back to their sources, so an empty one is enough. */
function withoutSourceMap(code: string): string {
  const empty = Buffer.from('{"version":3,"file":"workflow-bundle.js","sources":[],"names":[],"mappings":""}').toString(
    'base64',
  );
  return code.replace(sourceMap, `//# sourceMappingURL=data:application/json;charset=utf-8;base64,${empty}`);
}
