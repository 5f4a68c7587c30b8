import ts from 'typescript';

/**
 * Turns each async function into a generator that `__runAsync` runs: native `await` always uses native promises, whatever `Promise` is in
 * the scope. The functions that only hand a promise on stay as they are.
 */
export function asyncToTurns(context: ts.TransformationContext): ts.Transformer<ts.SourceFile> {
  const { factory } = context;

  const visit: ts.Visitor = (node) => {
    if (ts.isAwaitExpression(node)) {
      const awaited = ts.visitNode(node.expression, visit) as ts.Expression;
      return factory.createParenthesizedExpression(factory.createYieldExpression(undefined, awaited));
    }
    if (ts.isForOfStatement(node) && node.awaitModifier) throw new Error('`for await` is not simulated.');
    if (!isAsync(node)) return ts.visitEachChild(node, visit, context);
    if (ts.isFunctionLike(node) && 'asteriskToken' in node && node.asteriskToken) {
      throw new Error('An async generator is not simulated.');
    }
    const inner = ts.visitEachChild(node, visit, context);
    return withoutAsync(inner, factory);
  };
  return (file) => ts.visitNode(file, visit) as ts.SourceFile;
}

type AsyncFunction = ts.FunctionDeclaration | ts.FunctionExpression | ts.ArrowFunction | ts.MethodDeclaration;

function isAsync(node: ts.Node): node is AsyncFunction {
  const isFunction =
    ts.isFunctionDeclaration(node) ||
    ts.isFunctionExpression(node) ||
    ts.isArrowFunction(node) ||
    ts.isMethodDeclaration(node);
  return isFunction && node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.AsyncKeyword) === true;
}

function withoutAsync(node: AsyncFunction, factory: ts.NodeFactory): AsyncFunction {
  const kept = node.modifiers?.filter(({ kind }) => kind !== ts.SyntaxKind.AsyncKeyword);
  const body = factory.createBlock([factory.createReturnStatement(asTurns(node.body!, factory))], true);
  if (ts.isFunctionDeclaration(node)) {
    return factory.createFunctionDeclaration(kept, undefined, node.name, undefined, node.parameters, undefined, body);
  }
  if (ts.isFunctionExpression(node)) {
    const modifiers = kept as ts.Modifier[] | undefined;
    return factory.createFunctionExpression(
      modifiers,
      undefined,
      node.name,
      undefined,
      node.parameters,
      undefined,
      body,
    );
  }
  if (ts.isMethodDeclaration(node)) {
    const { name, parameters } = node;
    return factory.createMethodDeclaration(kept, undefined, name, undefined, undefined, parameters, undefined, body);
  }
  const modifiers = kept as ts.Modifier[] | undefined;
  return factory.createArrowFunction(modifiers, undefined, node.parameters, undefined, undefined, body);
}

/** `__runAsync(function* () { ... }.call(this))` */
function asTurns(body: ts.ConciseBody, factory: ts.NodeFactory): ts.Expression {
  const block = ts.isBlock(body) ? body : factory.createBlock([factory.createReturnStatement(body)], true);
  const generator = factory.createFunctionExpression(
    undefined,
    factory.createToken(ts.SyntaxKind.AsteriskToken),
    undefined,
    undefined,
    [],
    undefined,
    block,
  );
  const called = factory.createCallExpression(
    factory.createPropertyAccessExpression(factory.createParenthesizedExpression(generator), 'call'),
    undefined,
    [factory.createThis()],
  );
  return factory.createCallExpression(factory.createIdentifier('__runAsync'), undefined, [called]);
}
