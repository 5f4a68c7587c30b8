import ts from 'typescript';
import { assignedIn, boundNames, outermostNames, referencesOf, steps, withGetters } from './captured.js';

/**
 * Turns each async function into a generator, and a function that has `__runAsync` run it: native `await` always uses native promises,
 * whatever `Promise` is in the scope. The functions that only hand a promise on stay as they are.
 *
 *     const pay = (order) => async (card) => { await charge(order, card); };
 *
 *     const pay = (order) => ($0) => __runAsync(turns$1.call(this, () => order, $0));
 *     function* turns$1(order$, card) { yield charge(order$(), card); }
 *
 * The generators stand at the end of the module. V8 makes a hidden class, which only a full garbage collection removes, for every
 * generator function that is called: one that is made anew for each call would keep everything alive that it can see. Where that cannot be
 * done, because the function changes what it captures in place (`count += 1`), the generator stays in it.
 */
export function asyncToTurns(context: ts.TransformationContext): ts.Transformer<ts.SourceFile> {
  const { factory } = context;
  const lifted: ts.FunctionDeclaration[] = [];
  /** Names that the functions around the visited node bind. */
  let bound: ReadonlySet<string> = new Set();
  /** The class or object whose members are visited. */
  let owner: ts.Node | undefined;

  const visit: ts.Visitor = (node) => {
    if (ts.isAwaitExpression(node)) {
      const awaited = ts.visitNode(node.expression, visit) as ts.Expression;
      return factory.createParenthesizedExpression(factory.createYieldExpression(undefined, awaited));
    }
    if (ts.isForOfStatement(node) && node.awaitModifier) throw new Error('`for await` is not simulated.');
    const before = { bound, owner };
    if (ts.isClassLike(node) || ts.isObjectLiteralExpression(node)) owner = node;
    if (ts.isFunctionLike(node)) bound = new Set([...bound, ...boundNames(node)]);
    const visited = ts.visitEachChild(node, visit, context);
    ({ bound, owner } = before);
    if (!isAsync(visited)) return visited;
    if (visited.asteriskToken) throw new Error('An async generator is not simulated.');
    if (ts.isMethodDeclaration(visited) && owner && ts.isClassLike(owner)) return turnMethod(visited, owner);
    return turnFunction(visited);
  };

  /** The generator is another method: it can use `super` and private names. Its name is of its class, so that no other class overrides it. */
  function turnMethod(node: ts.MethodDeclaration, { name: className }: ts.ClassLikeDeclaration): ts.Node[] {
    const { name, parameters, body } = node;
    if (ts.isComputedPropertyName(name)) throw new Error('An async method with a computed name is not simulated.');
    const text = `${name.text}$${className?.text ?? ''}$turns`;
    const turns = ts.isPrivateIdentifier(name) ? factory.createPrivateIdentifier(text) : factory.createIdentifier(text);
    const modifiers = withoutAsync(node) as ts.Modifier[];
    const { taken, handedOn } = handOn(parameters);
    const generator = factory.createPropertyAccessExpression(factory.createThis(), turns);
    const runs = returned(running(factory.createCallExpression(generator, undefined, handedOn)));
    return [
      factory.createMethodDeclaration(modifiers, star(), turns, undefined, undefined, parameters, undefined, body),
      factory.createMethodDeclaration(modifiers, undefined, name, undefined, undefined, taken, undefined, runs),
    ];
  }

  function turnFunction(node: AsyncFunction): ts.Node {
    const { taken, handedOn } = handOn(node.parameters);
    const runs = returned(running(lift(node, handedOn) ?? inPlace(node, handedOn)));
    if (ts.isArrowFunction(node)) {
      return factory.createArrowFunction(undefined, undefined, taken, undefined, undefined, runs);
    }
    if (ts.isFunctionDeclaration(node)) {
      const { name: known } = node;
      return factory.createFunctionDeclaration(withoutAsync(node), undefined, known, undefined, taken, undefined, runs);
    }
    if (ts.isMethodDeclaration(node)) {
      return factory.createMethodDeclaration([], undefined, node.name, undefined, undefined, taken, undefined, runs);
    }
    return factory.createFunctionExpression(undefined, undefined, node.name, undefined, taken, undefined, runs);
  }

  /** Puts the generator at the end of the module, with a getter for each name that it uses of the functions around it. @returns its call. */
  function lift(node: AsyncFunction, handedOn: readonly ts.Expression[]): ts.Expression | undefined {
    const hiding = outermostNames(node);
    const captured = [...referencesOf(node)].filter((name) => bound.has(name) && !hiding.has(name));
    const own = boundNames(node, { isDeep: true });
    if (captured.some((name) => own.has(name)) || steps(node, captured)) return undefined;
    const assigned = assignedIn(node, captured);
    const name = factory.createIdentifier(`turns$${lifted.length + 1}`);
    const getters = captured.map((each) => factory.createParameterDeclaration(undefined, undefined, `${each}$`));
    const parameters = [...getters, ...withGetters(node.parameters, captured, context)];
    const [body] = withGetters([blockOf(node)], captured, context);
    lifted.push(factory.createFunctionDeclaration(undefined, star(), name, undefined, parameters, undefined, body));
    return callOn(name, [
      ...captured.map((each) => (assigned.has(each) ? getterAndSetter(each) : getter(each))),
      ...handedOn,
    ]);
  }

  function inPlace(node: AsyncFunction, handedOn: readonly ts.Expression[]): ts.Expression {
    const { parameters } = node;
    const generator = factory.createFunctionExpression(
      undefined,
      star(),
      undefined,
      undefined,
      parameters,
      undefined,
      blockOf(node),
    );
    return callOn(factory.createParenthesizedExpression(generator), handedOn);
  }

  /** Parameters that take what a function is called with, and arguments that hand it on to its generator, which has the patterns and defaults. */
  function handOn(parameters: ts.NodeArray<ts.ParameterDeclaration>) {
    const names = parameters.map((_, i) => factory.createIdentifier(`$${i}`));
    const taken = parameters.map(({ dotDotDotToken: rest }, i) =>
      factory.createParameterDeclaration(undefined, rest, names[i]!),
    );
    const handedOn = parameters.map(({ dotDotDotToken: rest }, i) =>
      rest ? factory.createSpreadElement(names[i]!) : names[i]!,
    );
    return { taken, handedOn };
  }

  const blockOf = ({ body }: AsyncFunction) => (ts.isBlock(body!) ? body : returned(body!));
  const callOn = (generator: ts.Expression, given: readonly ts.Expression[]) =>
    factory.createCallExpression(factory.createPropertyAccessExpression(generator, 'call'), undefined, [
      factory.createThis(),
      ...given,
    ]);
  const star = () => factory.createToken(ts.SyntaxKind.AsteriskToken);
  const getter = (name: string) =>
    factory.createArrowFunction(undefined, undefined, [], undefined, undefined, factory.createIdentifier(name));
  /** `(...value) => (value.length === 0 ? name : (name = value[0]))` */
  const getterAndSetter = (name: string) => {
    const value = factory.createIdentifier('$value');
    const known = factory.createIdentifier(name);
    const first = factory.createElementAccessExpression(value, 0);
    const set = factory.createParenthesizedExpression(factory.createAssignment(known, first));
    const isAsked = factory.createStrictEquality(
      factory.createPropertyAccessExpression(value, 'length'),
      factory.createNumericLiteral(0),
    );
    const rest = factory.createToken(ts.SyntaxKind.DotDotDotToken);
    const taken = [factory.createParameterDeclaration(undefined, rest, value)];
    const body = factory.createConditionalExpression(isAsked, undefined, known, undefined, set);
    return factory.createArrowFunction(undefined, undefined, taken, undefined, undefined, body);
  };
  const returned = (value: ts.Expression | ts.ConciseBody) =>
    factory.createBlock([factory.createReturnStatement(value as ts.Expression)], true);
  const running = (generator: ts.Expression) =>
    factory.createCallExpression(factory.createIdentifier('__runAsync'), undefined, [generator]);

  return (file) => {
    lifted.length = 0;
    const visited = ts.visitNode(file, visit) as ts.SourceFile;
    return factory.updateSourceFile(visited, [...visited.statements, ...lifted]);
  };
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

function withoutAsync(node: AsyncFunction) {
  return node.modifiers?.filter(({ kind }) => kind !== ts.SyntaxKind.AsyncKeyword);
}
