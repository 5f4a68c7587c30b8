import ts from 'typescript';

/** The names that a function binds for what is in it; with `isDeep` also those that functions in it bind. */
export function boundNames(node: ts.Node, { isDeep = false } = {}): Set<string> {
  const names = new Set<string>();
  const visit = (child: ts.Node): void => {
    if (isBinding(child) && child.name && ts.isIdentifier(child.name)) names.add(child.name.text);
    if (isDeep || !ts.isFunctionLike(child)) ts.forEachChild(child, visit);
  };
  ts.forEachChild(node, visit);
  return names;
}

function isBinding(node: ts.Node): node is ts.Node & { name?: ts.Node } {
  return (
    ts.isParameter(node) ||
    ts.isVariableDeclaration(node) ||
    ts.isBindingElement(node) ||
    ts.isFunctionDeclaration(node) ||
    ts.isFunctionExpression(node) ||
    ts.isClassLike(node)
  );
}

/** The names that a function's parameters and the statements of its body bind: they hide those around it everywhere in it. */
export function outermostNames(node: ts.FunctionLikeDeclaration): Set<string> {
  const names = new Set<string>();
  const add = (name: ts.Node): void => {
    if (ts.isIdentifier(name)) names.add(name.text);
    else if (ts.isObjectBindingPattern(name) || ts.isArrayBindingPattern(name)) {
      for (const element of name.elements) if (ts.isBindingElement(element)) add(element.name);
    }
  };
  for (const { name } of node.parameters) add(name);
  const statements = node.body && ts.isBlock(node.body) ? node.body.statements : [];
  for (const statement of statements) {
    if (ts.isVariableStatement(statement)) for (const { name } of statement.declarationList.declarations) add(name);
    if (ts.isFunctionDeclaration(statement) && statement.name) add(statement.name);
  }
  return names;
}

/** The names that code uses, wherever they are bound. */
export function referencesOf(node: ts.Node): Set<string> {
  const names = new Set<string>();
  eachReference(node, ({ text }) => void names.add(text));
  return names;
}

function eachReference(node: ts.Node, found: (name: ts.Identifier) => void): void {
  ts.forEachChild(node, (child) => {
    if (!ts.isIdentifier(child)) eachReference(child, found);
    else if (!isOnlyName(child, node)) found(child);
  });
}

/** Whether an identifier names a property or a binding, and uses no value. */
function isOnlyName(name: ts.Identifier, parent: ts.Node): boolean {
  if (ts.isShorthandPropertyAssignment(parent)) return false;
  const { name: named, propertyName } = parent as { name?: ts.Node; propertyName?: ts.Node };
  return named === name || propertyName === name;
}

/** Whether code changes one of the names by anything else than a plain `name = value`. */
export function steps(node: ts.Node, names: readonly string[]): boolean {
  const changed = changedBy(node);
  if (changed && [...referencesOf(ts.factory.createParenthesizedExpression(changed))].some((n) => names.includes(n))) {
    return true;
  }
  return ts.forEachChild(node, (child) => steps(child, names)) ?? false;
}

function changedBy(node: ts.Node): ts.Expression | undefined {
  if (ts.isPostfixUnaryExpression(node) || ts.isPrefixUnaryExpression(node)) {
    const { operator, operand } = node;
    return operator === ts.SyntaxKind.PlusPlusToken || operator === ts.SyntaxKind.MinusMinusToken ? operand : undefined;
  }
  if (!ts.isBinaryExpression(node)) return undefined;
  const { left, operatorToken } = node;
  const { kind } = operatorToken;
  if (kind === ts.SyntaxKind.EqualsToken) return ts.isIdentifier(left) ? undefined : patternOf(left);
  return kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment ? left : undefined;
}

function patternOf(left: ts.Expression): ts.Expression | undefined {
  return ts.isObjectLiteralExpression(left) || ts.isArrayLiteralExpression(left) ? left : undefined;
}

/** The same code, with calls instead of the names: `order$()` for `order`, and `order$(value)` for `order = value`. */
export function withGetters<Node extends ts.Node>(
  nodes: readonly Node[],
  names: readonly string[],
  context: ts.TransformationContext,
): Node[] {
  const { factory } = context;
  const called = ({ text }: ts.Identifier, given: ts.Expression[] = []) =>
    factory.createCallExpression(factory.createIdentifier(`${text}$`), undefined, given);
  const visitIn =
    (parent: ts.Node): ts.Visitor =>
    (node) => {
      if (ts.isShorthandPropertyAssignment(node) && names.includes(node.name.text)) {
        return factory.createPropertyAssignment(node.name.text, called(node.name));
      }
      if (isPlainAssignment(node) && names.includes(node.left.text)) {
        return called(node.left, [ts.visitNode(node.right, visitIn(node)) as ts.Expression]);
      }
      if (ts.isIdentifier(node) && names.includes(node.text) && !isOnlyName(node, parent)) return called(node);
      return ts.visitEachChild(node, visitIn(node), context);
    };
  return nodes.map((node) => ts.visitEachChild(node, visitIn(node), context));
}

function isPlainAssignment(node: ts.Node): node is ts.BinaryExpression & { left: ts.Identifier } {
  return (
    ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken && ts.isIdentifier(node.left)
  );
}

/** The names of `names` that code assigns to. */
export function assignedIn(node: ts.Node, names: readonly string[]): Set<string> {
  const assigned = new Set<string>();
  const visit = (child: ts.Node): void => {
    if (isPlainAssignment(child) && names.includes(child.left.text)) assigned.add(child.left.text);
    ts.forEachChild(child, visit);
  };
  visit(node);
  return assigned;
}
