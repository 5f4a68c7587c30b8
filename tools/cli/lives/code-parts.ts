import ts from 'typescript';
import type { Position } from './source-map.js';

/** A part of a source file that runs or does not. */
export interface CodePart {
  start: Position;
  end: Position;
  /** The beginning of its text. */
  what: string;
  /** The function, or the class and its member, that it stands in; empty at the top of a file. */
  within: string;
}

/** The statements of a file, without blocks and declarations of types. */
export function statementsIn(file: string, text: string): CodePart[] {
  return partsOf(file, text, (node) =>
    ts.isStatement(node) &&
    !ts.isBlock(node) &&
    !ts.isInterfaceDeclaration(node) &&
    !ts.isTypeAliasDeclaration(node) &&
    !ts.isImportDeclaration(node) &&
    !ts.isExportDeclaration(node) &&
    !ts.isFunctionDeclaration(node) &&
    !ts.isClassDeclaration(node)
      ? [node]
      : [],
  );
}

/** What runs under a condition: both sides of `if` and `?:`, the right side of `&&`, `||` and `??`, cases, and presets of parameters. */
export function branchesIn(file: string, text: string): CodePart[] {
  return partsOf(file, text, (node) => {
    if (ts.isIfStatement(node)) {
      return [node.thenStatement, ...(node.elseStatement ? [node.elseStatement] : [])].map(inside);
    }
    if (ts.isConditionalExpression(node)) return [node.whenTrue, node.whenFalse];
    if (ts.isBinaryExpression(node) && shortCircuits.has(node.operatorToken.kind)) return [node.right];
    if (ts.isCaseOrDefaultClause(node) && node.statements.length > 0) return [node.statements[0]!];
    if (ts.isCatchClause(node)) return [inside(node.block)];
    if (ts.isArrowFunction(node) || ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node)) {
      return node.body ? [inside(node.body)] : [];
    }
    return [];
  });
}

const shortCircuits = new Set([
  ts.SyntaxKind.AmpersandAmpersandToken,
  ts.SyntaxKind.BarBarToken,
  ts.SyntaxKind.QuestionQuestionToken,
  ts.SyntaxKind.QuestionQuestionEqualsToken,
]);

/** V8 counts what stands in a block, so the first statement tells whether it ran. */
function inside(node: ts.Node): ts.Node {
  return ts.isBlock(node) && node.statements.length > 0 ? node.statements[0]! : node;
}

function partsOf(file: string, text: string, choose: (node: ts.Node) => readonly ts.Node[]): CodePart[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ESNext, true);
  const parts: CodePart[] = [];
  const at = (offset: number): Position => {
    const { line, character } = source.getLineAndCharacterOfPosition(offset);
    return { line, column: character };
  };
  const visit = (node: ts.Node): void => {
    for (const part of choose(node)) {
      const what = part.getText(source).split('\n')[0]!.slice(0, 60);
      parts.push({ start: at(part.getStart(source)), end: at(part.getEnd()), what, within: placeOf(part) });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return parts;
}

/** The names of the declarations around a node, from the outside, without those inside a function. */
function placeOf(node: ts.Node): string {
  const names: string[] = [];
  for (let at = node.parent; !ts.isSourceFile(at); at = at.parent) {
    if (isNamed(at)) names.unshift(ts.isConstructorDeclaration(at) ? 'constructor' : at.name.getText());
  }
  return names.slice(0, 2).join('.');
}

function isNamed(node: ts.Node): node is ts.ConstructorDeclaration | (ts.Node & { name: ts.Node }) {
  return (
    ts.isConstructorDeclaration(node) ||
    ((ts.isFunctionDeclaration(node) ||
      ts.isClassDeclaration(node) ||
      ts.isMethodDeclaration(node) ||
      ts.isAccessor(node) ||
      ts.isPropertyDeclaration(node) ||
      ts.isPropertyAssignment(node) ||
      ts.isVariableDeclaration(node)) &&
      node.name !== undefined)
  );
}
