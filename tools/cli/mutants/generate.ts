import ts from 'typescript';
import type { Range } from './reach.js';

/** An edit that a program made: one expression or statement of a file is replaced. */
export interface GeneratedEdit {
  /** File, line and kind, such as `workflows/engine/walk.ts:91 operator`. */
  name: string;
  place: Range;
  /** The function, or the constant, in which it is. */
  within: string;
  /** What was replaced, and by what. */
  what: string;
  /** The whole file with the edit. */
  text: string;
}

interface Site {
  node: ts.Node;
  kind: string;
  to: string;
}

const operators = new Map<ts.SyntaxKind, string>([
  [ts.SyntaxKind.EqualsEqualsEqualsToken, '!=='],
  [ts.SyntaxKind.ExclamationEqualsEqualsToken, '==='],
  [ts.SyntaxKind.LessThanToken, '<='],
  [ts.SyntaxKind.GreaterThanToken, '>='],
  [ts.SyntaxKind.LessThanEqualsToken, '<'],
  [ts.SyntaxKind.GreaterThanEqualsToken, '>'],
  [ts.SyntaxKind.AmpersandAmpersandToken, '||'],
  [ts.SyntaxKind.BarBarToken, '&&'],
  [ts.SyntaxKind.MinusToken, '+'],
]);

/** Every edit of one file, in the order of the places. */
export function generatedFrom(file: string, source: string): GeneratedEdit[] {
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.ES2022, true);
  const sites: Site[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return;
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return;
    sites.push(...sitesAt(node));
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return sites.map(({ node, kind, to }) => {
    const [start, end] = [node.getStart(tree), node.getEnd()];
    const line = tree.getLineAndCharacterOfPosition(start).line + 1;
    return {
      name: `${file}:${line} ${kind}`,
      place: { file, start, end },
      within: nameAround(node),
      what: `${short(node.getText(tree))} -> ${short(to) || 'nothing'}`,
      text: source.slice(0, start) + to + source.slice(end),
    };
  });
}

function sitesAt(node: ts.Node): Site[] {
  const text = (each: ts.Node): string => each.getText();
  if (ts.isBinaryExpression(node)) {
    const to = operators.get(node.operatorToken.kind);
    if (to === undefined) return [];
    return [{ node, kind: 'operator', to: `${text(node.left)} ${to} ${text(node.right)}` }];
  }
  if (ts.isIfStatement(node)) return [{ node: node.expression, kind: 'condition', to: `!(${text(node.expression)})` }];
  if (ts.isConditionalExpression(node)) {
    return [{ node, kind: 'choice', to: `${text(node.condition)} ? ${text(node.whenFalse)} : ${text(node.whenTrue)}` }];
  }
  if (node.kind === ts.SyntaxKind.TrueKeyword && !ts.isLiteralTypeNode(node.parent)) {
    return [{ node, kind: 'boolean', to: 'false' }];
  }
  if (node.kind === ts.SyntaxKind.FalseKeyword && !ts.isLiteralTypeNode(node.parent)) {
    return [{ node, kind: 'boolean', to: 'true' }];
  }
  if (ts.isNumericLiteral(node)) return [{ node, kind: 'number', to: `(${text(node)} + 1)` }];
  if (ts.isExpressionStatement(node)) return [{ node, kind: 'statement', to: ';' }];
  if (ts.isArrayLiteralExpression(node) && node.elements.length > 1) {
    const [first, second, ...rest] = node.elements.map(text);
    return [{ node, kind: 'order', to: `[${[second, first, ...rest].join(', ')}]` }];
  }
  if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
    const { name, expression } = node.expression;
    if (['filter', 'sort', 'slice', 'reverse'].includes(name.text)) {
      return [{ node, kind: `without ${name.text}`, to: text(expression) }];
    }
  }
  return [];
}

/** The outermost function, class or constant around a place, by its name: the reader finds it in the file. */
function nameAround(node: ts.Node): string {
  let name = 'the file itself';
  for (let each = node.parent; !ts.isSourceFile(each); each = each.parent) {
    const own = ownName(each);
    if (own === undefined) continue;
    name = ts.isClassDeclaration(each) && name !== 'the file itself' ? `${own}.${name}` : own;
  }
  return name;
}

function ownName(node: ts.Node): string | undefined {
  const hasName =
    ts.isFunctionDeclaration(node) ||
    ts.isMethodDeclaration(node) ||
    ts.isClassDeclaration(node) ||
    ts.isVariableDeclaration(node);
  // Constants of a function say less than its name.
  if (!hasName || (ts.isVariableDeclaration(node) && !ts.isSourceFile(node.parent.parent.parent))) return undefined;
  return node.name?.getText();
}

function short(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length > 70 ? `${line.slice(0, 70)} ...` : line;
}
