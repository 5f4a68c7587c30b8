import ts from 'typescript';

/**
 * Turns `scope.reject = (error) => {...}` into `scope.reject = (0, (error) => {...})`. V8 takes a function that is assigned to a property for a
 * method of a class, and makes it among the old objects. There it keeps everything that it can see, a whole run, until a full garbage
 * collection. The SDK makes one for each scope and each call.
 */
export function youngClosures(context: ts.TransformationContext): ts.Transformer<ts.SourceFile> {
  const { factory } = context;
  const visit: ts.Visitor = (node) => {
    const visited = ts.visitEachChild(node, visit, context);
    if (!isFunctionToProperty(visited)) return visited;
    const hidden = factory.createComma(factory.createNumericLiteral(0), visited.right);
    const right = factory.createParenthesizedExpression(hidden);
    return factory.updateBinaryExpression(visited, visited.left, visited.operatorToken, right);
  };
  return (file) => ts.visitNode(file, visit) as ts.SourceFile;
}

function isFunctionToProperty(node: ts.Node): node is ts.BinaryExpression {
  if (!ts.isBinaryExpression(node)) return false;
  const { left, operatorToken, right } = node;
  const isProperty = ts.isPropertyAccessExpression(left) || ts.isElementAccessExpression(left);
  const isAssigned = operatorToken.kind === ts.SyntaxKind.EqualsToken;
  return isProperty && isAssigned && (ts.isArrowFunction(right) || ts.isFunctionExpression(right));
}
