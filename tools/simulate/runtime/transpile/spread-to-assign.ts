import ts from 'typescript';

/**
 * Turns `{ ...policy, summary: text }` into `(copy = Object.assign({}, policy), copy.summary = text, copy)`. The V8 of Node.js 20 makes a
 * new hidden class each time a field is added to a copy that a spread has made: hundreds of them for a life.
 */
export function spreadToAssign(context: ts.TransformationContext): ts.Transformer<ts.SourceFile> {
  const { factory } = context;
  const assign = (target: ts.Expression, source: ts.Expression) =>
    factory.createCallExpression(
      factory.createPropertyAccessExpression(factory.createIdentifier('Object'), 'assign'),
      undefined,
      [target, source],
    );

  const visit: ts.Visitor = (node) => {
    const visited = ts.visitEachChild(node, visit, context);
    if (!ts.isObjectLiteralExpression(visited)) return visited;
    const { properties } = visited;
    const first = properties.findIndex(ts.isSpreadAssignment);
    // Methods and computed names stay as they are.
    if (first < 0 || !properties.slice(first).every((each) => isPlain(each))) return visited;
    const copy = factory.createTempVariable((name) => context.hoistVariableDeclaration(name));
    const steps: ts.Expression[] = [
      factory.createAssignment(copy, factory.createObjectLiteralExpression(properties.slice(0, first))),
    ];
    for (const property of properties.slice(first)) {
      if (ts.isSpreadAssignment(property)) steps.push(assign(copy, property.expression));
      else if (ts.isShorthandPropertyAssignment(property)) steps.push(set(copy, property.name, property.name));
      else if (ts.isPropertyAssignment(property)) {
        steps.push(set(copy, property.name as ts.Identifier, property.initializer));
      }
    }
    return factory.createParenthesizedExpression(factory.createCommaListExpression([...steps, copy]));
  };
  const set = (copy: ts.Identifier, name: ts.Identifier, value: ts.Expression) =>
    factory.createAssignment(factory.createPropertyAccessExpression(copy, name), value);
  return (file) => ts.visitNode(file, visit) as ts.SourceFile;
}

function isPlain(property: ts.ObjectLiteralElementLike): boolean {
  if (ts.isPropertyAssignment(property)) return ts.isIdentifier(property.name);
  return ts.isSpreadAssignment(property) || ts.isShorthandPropertyAssignment(property);
}
