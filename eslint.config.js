import temporal from 'eslint-plugin-temporal';
import tseslint from 'typescript-eslint';
import workflowRules from './tools/lint/workflow-rules.mjs';

/** The strict rules of eslint-plugin-temporal whose name begins with one of these, as errors. */
const strict = (...beginnings) =>
  Object.fromEntries(
    Object.entries(temporal.configs.strict.rules).filter(([name]) =>
      beginnings.some((beginning) => name.startsWith(`temporal/${beginning}`)),
    ),
  );

/** A Map or Set whose type lets others put something in. */
const keepsEntries =
  ':not([id.typeAnnotation.typeAnnotation.typeName.name=/^Readonly(Map|Set)$/]) > NewExpression[callee.name=/^(Weak)?(Map|Set)$/]';

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', '.data*/'] },
  {
    files: ['**/*.ts', '**/*.tsx'],
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
  {
    files: ['workflows/**/*.ts'],
    plugins: { temporal },
    rules: {
      ...strict('workflow-', 'no-', 'task-queue-constant'),
      // A wait ends by news or by a timer of the engine, which has a name in the history.
      'temporal/workflow-condition-timeout-style': ['error', { mode: 'disallow' }],
      // It takes each exported function for a workflow. The workflows have one input.
      'temporal/workflow-prefer-single-object-args': 'off',
      // A raw error is a bug: the run waits for repaired code. An ApplicationFailure would end the order.
      'temporal/workflow-no-throw-raw-error': 'off',
      // It takes setHandler for a promise. @typescript-eslint/no-floating-promises knows the types.
      'temporal/workflow-no-floating-promises': 'off',
      // It asks for a comment with a date. `npm test` replays the histories with every change.
      'temporal/workflow-replay-testing-required-comment': 'off',
    },
  },
  {
    // The one place that registers handlers, for names that are declared with the messages' types.
    files: ['workflows/temporal/handlers.ts'],
    rules: {
      'temporal/workflow-message-name-literal': 'off',
      'temporal/workflow-require-message-definitions-at-module-scope': 'off',
      // The promise of `shielded` is awaited by the SDK, which counts open handlers by it.
      'temporal/workflow-signal-handler-returns-void': 'off',
    },
  },
  {
    // Its caller gives the timeouts and the retries.
    files: ['workflows/temporal/local-activity.ts'],
    rules: { 'temporal/workflow-local-activity-options-required': 'off' },
  },
  {
    files: ['activities/**/*.ts'],
    plugins: { temporal },
    rules: {
      ...strict('activity-', 'no-', 'task-queue-constant'),
      // It takes each exported function for an activity. The activities have one input.
      'temporal/activity-prefer-single-object-args': 'off',
      // An activity is one short call of a service: its timeout is shorter than any heartbeat.
      'temporal/activity-heartbeat-in-long-loops': 'off',
    },
  },
  {
    files: ['src/**/*.ts', 'tools/**/*.ts'],
    plugins: { temporal },
    rules: {
      ...strict('worker-', 'client-', 'no-', 'task-queue-constant'),
      // The SDK has the JSON of histories and the conversion of durations there alone; all its packages have one version.
      'temporal/no-temporal-internal-imports': 'off',
      // It takes names of task queues for workflows. `npm run imports` knows the files (worker-takes-workflows-by-path).
      'temporal/worker-no-workflow-or-activity-definitions': 'off',
    },
  },
  {
    // src/api gives the ids of an order's runs with the other options that its calls share.
    files: ['src/api/returns/returns.ts'],
    rules: { 'temporal/client-require-workflow-id': 'off' },
  },
  {
    files: ['test/**/*.ts'],
    plugins: { temporal },
    // The other rules for tests expect one workflow with one worker, started in the test itself.
    rules: { 'temporal/test-teardown-required': 'error' },
  },
  {
    files: ['workflows/**/*.ts', 'contracts/**/*.ts'],
    plugins: { orderflow: workflowRules },
    rules: { 'orderflow/same-on-replay': 'error', 'orderflow/digest-of-local-call': 'error' },
  },
  { files: ['workflows/temporal/clock.ts'], rules: { 'orderflow/same-on-replay': 'off' } },
  { files: ['workflows/temporal/local-activity.ts'], rules: { 'orderflow/digest-of-local-call': 'off' } },
);
