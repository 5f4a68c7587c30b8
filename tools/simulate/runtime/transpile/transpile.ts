import ts from 'typescript';
import { asyncToTurns } from './async-to-turns.js';
import { spreadToAssign } from './spread-to-assign.js';
import { youngClosures } from './young-closures.js';

/** Compiles one module for the simulation, which runs it on promises of its own. The compiler takes long to load, so import this late. */
export function transpile(id: string, text: string): string {
  const { outputText } = ts.transpileModule(text, {
    // TypeScript writes nothing for a JavaScript file, or for one below node_modules.
    fileName: id.replaceAll('node_modules/', 'packages/').replace(/\.js$/, '.ts'),
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.CommonJS,
      esModuleInterop: true,
    },
    transformers: { after: [spreadToAssign, youngClosures, asyncToTurns] },
  });
  return outputText;
}
