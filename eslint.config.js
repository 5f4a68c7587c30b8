import tseslint from 'typescript-eslint';

/** A Map or Set whose type lets others put something in. */
const keepsEntries =
  ':not([id.typeAnnotation.typeAnnotation.typeName.name=/^Readonly(Map|Set)$/]) > NewExpression[callee.name=/^(Weak)?(Map|Set)$/]';

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', '.data*/', 'web/dist/'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // A promise nobody awaits is a step nobody knows the end of; `void` marks the few that are meant to run on.
      '@typescript-eslint/no-floating-promises': ['error', { ignoreVoid: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': 'error',
      // `interface OrderView extends z.infer<typeof orderView> {}` gives an inferred type a name that editors and errors show.
      '@typescript-eslint/no-empty-object-type': ['error', { allowInterfaces: 'with-single-extends' }],
      '@typescript-eslint/only-throw-error': 'error',
      // A body on a line of its own has braces.
      curly: ['error', 'multi-line'],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { paths: [{ name: 'vitest', importNames: ['test'], message: 'Tests are written with `it`.' }] },
      ],
    },
  },
  {
    // Workflow code runs again on replay: what differs from run to run must not be reachable from it.
    files: ['workflows/**/*.ts', 'contracts/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '^(node:|fs$|path$|crypto$|http|net$|os$|timers)',
              message: 'No Node built-ins in workflow code.',
            },
          ],
        },
      ],
      'no-restricted-globals': [
        'error',
        { name: 'process', message: 'A run never reads the environment: put it into the input.' },
        { name: 'setInterval', message: 'Use a Temporal timer.' },
      ],
      // All runs of a worker share the modules (src/worker/bundle.ts).
      'no-restricted-syntax': [
        'error',
        {
          selector: ':matches(Program, Program > ExportNamedDeclaration) > VariableDeclaration[kind!="const"]',
          message: 'A module keeps nothing that changes: another run would see it.',
        },
        {
          selector:
            ':matches(Program, Program > ExportNamedDeclaration) > VariableDeclaration > VariableDeclarator' +
            keepsEntries,
          message: 'Declare it as ReadonlyMap or ReadonlySet: another run would see what one run puts in.',
        },
        {
          selector: 'PropertyDefinition[static=true]' + keepsEntries,
          message: 'A class keeps nothing that changes: another run would see it.',
        },
      ],
    },
  },
);
