/**
 * Who may import whom. One direction only: client -> api -> Temporal -> workflow -> activity -> service. Each rule's comment says what
 * would be lost without it; `npm run imports` checks them all.
 *
 * "Type-only" imports leave nothing behind in the compiled code: where a rule allows them, they are said to be allowed.
 */

/** Workflow code that talks to Temporal; all other workflow code is plain computation. */
const temporalWorkflowCode =
  'workflows/(index|temporal/(?!protocol|messages)[^/]+|[^/]+/(workflow|commands)|order/(settle|search-attributes)|late-payment/hand-on)\\.ts$';
const plainWorkflowCode = `^(?!${temporalWorkflowCode})workflows/`;
const ours = '^(contracts|workflows|activities|services|src|tools|web|test|bench)/';
const serviceInsides = '^services/(?!support/)[^/]+/(?!(client|contract)\\.ts$)';
/** Where code starts to run: programs, and what the worker bundles. */
const programs =
  '^(services/[^/]+/main|src/(api|worker)/main|workflows/index|tools/cli/[^/]+|tools/cli/mutants/worker|tools/simulate/(worker|world/simulated-parts|runtime/modelled-activity)|tools/local/(main|dev|run-part)|tools/chaos/(main|supervise))\\.ts$|^tools/local/launch\\.mjs$|^web/(src/main\\.tsx|vite\\.config\\.ts)$';

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment:
        'Files that need each other at run time are one file in two pieces, and which of them is complete first depends on who asks. (Types that refer to each other are no cycle: they are gone when the code runs.)',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-orphans',
      comment: 'A file that nothing imports and that is no program of its own is left over.',
      severity: 'error',
      from: {
        orphan: true,
        pathNot: [
          '\\.d\\.m?ts$',
          '(^|/)[.][^/]+\\.[cm]?js$',
          '^(eslint\\.config\\.js|vitest\\.config\\.ts)$',
          '^test/.+(\\.test\\.ts|\\.config\\.ts|\\.mjs)$',
          '^bench/',
          // eslint.config.js imports them.
          '^tools/lint/',
        ],
      },
      to: {},
    },
    {
      name: 'no-dead-code',
      comment: 'A file that no program reaches is kept, read and changed for nobody.',
      severity: 'error',
      from: { path: programs },
      to: {
        path: '^(contracts|workflows|activities|services|src|tools|web)/',
        pathNot: ['\\.d\\.m?ts$', '^tools/lint/', programs],
        reachable: false,
      },
    },
    {
      name: 'resolvable',
      comment: 'An import of a file or package that is not there fails on somebody else’s machine first.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'listed-in-package-json',
      comment: 'A package that is there only because another one brought it goes when that one changes.',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'nothing-imports-tests',
      comment: 'What runs in production must not need what is only there to check it.',
      severity: 'error',
      from: { pathNot: '^(test|bench)/' },
      to: { path: '^(test|bench)/' },
    },
    {
      name: 'no-dev-dependency-in-the-image',
      comment:
        'The image is installed without development dependencies: such an import ends the program at its first line.',
      severity: 'error',
      from: { path: '^(contracts|workflows|activities|services|src|tools)/', pathNot: '^tools/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'tools-stay-outside',
      comment: 'tools/ is what a laptop needs and is not in the image, so no part that is may depend on it.',
      severity: 'error',
      from: { pathNot: '^(tools|test|bench)/' },
      to: { path: '^tools/' },
    },

    {
      name: 'contracts-import-nothing',
      comment:
        'contracts/ is the language that all parts share. Whatever it imported would come into every one of them, the workflow bundle included.',
      severity: 'error',
      from: { path: '^contracts/', pathNot: '\\.schema\\.ts$' },
      to: { pathNot: '^contracts/' },
    },
    {
      name: 'contracts-schemas-need-zod-alone',
      comment:
        'Schemas are read by the API, the services and their documents alike; zod is all that these have in common.',
      severity: 'error',
      from: { path: '^contracts/.+\\.schema\\.ts$' },
      to: { pathNot: ['^contracts/', '(^|/)node_modules/zod/'] },
    },
    {
      name: 'contracts-types-without-schemas',
      comment: 'A plain contract that needed a schema at run time would bring zod into the workflow bundle.',
      severity: 'error',
      from: { path: '^contracts/', pathNot: '\\.schema\\.ts$' },
      to: { path: '\\.schema\\.ts$', dependencyTypesNot: ['type-only'] },
    },

    {
      name: 'workflows-are-deterministic',
      comment:
        'Workflow code runs again on replay and must come to the same commands: no Node built-in (clock, file, network, randomness) may be within its reach.',
      severity: 'error',
      from: { path: '^workflows/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'workflows-import-contracts-and-temporal',
      comment:
        'Everything a run needs comes in as input or by an activity. The types of activities may be named, so that a call’s input and answer are checked; the activities themselves stay outside the bundle.',
      severity: 'error',
      from: { path: '^workflows/' },
      to: {
        pathNot: ['^workflows/', '^contracts/', '(^|/)node_modules/@temporalio/(workflow|common)/'],
        dependencyTypesNot: ['core', 'type-only'],
      },
    },
    {
      name: 'workflows-name-types-of-activities-alone',
      comment: 'A type from src or from a service would tie the process to one program; what it calls is an activity.',
      severity: 'error',
      from: { path: '^workflows/' },
      to: { path: ours, pathNot: '^(workflows|contracts|activities)/' },
    },
    {
      name: 'workflows-without-schemas',
      comment:
        'Schemas check what comes from outside, before a run starts; in the bundle they would be weight and a second truth.',
      severity: 'error',
      from: { path: '^workflows/' },
      to: { path: '\\.schema\\.ts$', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'temporal-in-few-workflow-files',
      comment:
        'The graph, the engine and the order’s state are computation: they are tested without a server, and the API builds the first view of an order and describes the processes with them, outside of Temporal’s sandbox. So they import contracts, each other and types; what talks to Temporal is a handful of files with that task.',
      severity: 'error',
      from: { path: plainWorkflowCode },
      to: {
        pathNot: ['^contracts/', plainWorkflowCode],
        dependencyTypesNot: ['type-only'],
      },
    },

    {
      name: 'engine-knows-no-orders',
      comment: 'workflows/engine/ walks any process: returns use it as orders do, and its tests use a toy.',
      severity: 'error',
      from: { path: '^workflows/engine/' },
      to: { path: ours, pathNot: ['^workflows/engine/', '^contracts/(defined|failures|statuses)\\.ts$'] },
    },
    {
      name: 'host-knows-no-subject',
      comment:
        'workflows/temporal/ runs any process on Temporal. What it knew of orders or returns, the next process would have to work around.',
      severity: 'error',
      from: { path: '^workflows/temporal/' },
      to: { path: '^workflows/', pathNot: '^workflows/(temporal|engine)/' },
    },
    {
      name: 'subjects-stand-alone',
      comment: 'Orders and returns are walked by runs of their own, and need nothing of each other.',
      severity: 'error',
      from: { path: '^workflows/(order|returns)/' },
      to: { path: '^workflows/(order|returns)/', pathNot: '^workflows/$1/' },
    },

    {
      name: 'activities-wrap-service-calls',
      comment:
        'An activity is one call of one service: it needs that service’s client and contract and nothing of how it works.',
      severity: 'error',
      from: { path: '^activities/' },
      to: {
        path: ours,
        pathNot: ['^activities/', '^contracts/', '^services/[^/]+/(client|contract)\\.ts$', '^services/support/'],
      },
    },
    {
      name: 'activities-know-temporal-by-their-own-package',
      comment: 'The client and the worker of Temporal belong to the programs that own a connection.',
      severity: 'error',
      from: { path: '^activities/' },
      to: { path: '(^|/)node_modules/@temporalio/(?!(activity|common)/)' },
    },

    {
      name: 'services-stand-alone',
      comment:
        'A service stands for another team’s program and can be replaced by one: it knows the shared language and what all services have in common, and no other part.',
      severity: 'error',
      from: { path: '^services/([^/]+)/' },
      to: { path: ours, pathNot: ['^services/$1/', '^services/support/', '^contracts/', '^src/(config|platform)/'] },
    },
    {
      name: 'services-know-no-temporal',
      comment: 'That a durable process calls them is none of their business: they answer HTTP.',
      severity: 'error',
      from: { path: '^services/' },
      to: { path: '(^|/)node_modules/@temporalio/' },
    },

    {
      name: 'api-imports-downward',
      comment:
        'The API starts runs and reads the book: it knows the messages, the shape of the processes and the order book’s client. Activities and other services are the worker’s.',
      severity: 'error',
      from: { path: '^src/api/' },
      to: {
        path: ours,
        pathNot: [
          '^src/(api|config|temporal|platform)/',
          '^contracts/',
          '^workflows/[^/]+/(messages|process)\\.ts$',
          '^workflows/(events|temporal/protocol)\\.ts$',
          '^workflows/engine/(analysis|definition|describe|graph|versions)\\.ts$',
          '^services/orders/(client|contract)\\.ts$',
          '^services/support/',
        ],
      },
    },
    {
      name: 'page-knows-contracts-alone',
      comment:
        'The page runs in a browser and uses the public routes: it shares the language of contracts/, and code of no other part. A schema would bring zod with it.',
      severity: 'error',
      from: { path: '^web/' },
      to: { path: ours, pathNot: ['^web/', '^contracts/(?!.+\\.schema\\.ts$)'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'page-names-types-of-contracts-alone',
      comment: 'A type from another part would tie the page to more than the public routes.',
      severity: 'error',
      from: { path: '^web/' },
      to: { path: ours, pathNot: '^(web|contracts)/' },
    },
    {
      name: 'page-stands-alone',
      comment: 'The page is bundled for browsers: a program that imported it would need a browser.',
      severity: 'error',
      from: { pathNot: '^(web|test)/' },
      to: { path: '^web/' },
    },
    {
      name: 'nest-in-the-api-alone',
      comment: 'The API is Nest; services are bare Fastify, the worker a plain program: neither needs a container.',
      severity: 'error',
      from: { path: '^(contracts|workflows|activities|services|src|tools)/', pathNot: '^src/api/' },
      to: { path: '(^|/)node_modules/@nestjs/' },
    },
    {
      name: 'worker-takes-workflows-by-path',
      comment:
        'The bundler loads workflow code into its sandbox from a path. Imported directly it would run a second time outside of it; only the names of queues are shared.',
      severity: 'error',
      from: { path: '^src/worker/' },
      to: { path: '^workflows/', pathNot: '^workflows/(temporal/protocol|[^/]+/messages)\\.ts$' },
    },
    {
      name: 'worker-is-activities-and-clients',
      comment:
        'The worker puts activities together with the clients that they call; it has no way to the API or into a service.',
      severity: 'error',
      from: { path: '^src/worker/' },
      to: {
        path: ours,
        pathNot: [
          '^src/(worker|config|temporal)/',
          '^activities/',
          '^services/[^/]+/client\\.ts$',
          '^workflows/',
          '^contracts/',
        ],
      },
    },
    {
      name: 'platform-is-below-api-and-services',
      comment:
        'src/platform/ is what the API and the services both need: problems, keys, a program’s main. It knows neither of them, no framework and no Temporal.',
      severity: 'error',
      from: { path: '^src/platform/' },
      to: {
        path: [ours, '(^|/)node_modules/(@nestjs|@temporalio|fastify|@fastify)/'],
        pathNot: ['^src/(platform|config)/', '^contracts/'],
      },
    },
    {
      name: 'config-imports-no-other-part',
      comment: 'Every program reads its configuration first, so whatever it imported would be in every program.',
      severity: 'error',
      from: { path: '^src/config/' },
      to: { path: ours, pathNot: ['^src/config/', '^contracts/defined\\.ts$'] },
    },
    {
      name: 'temporal-connection-needs-config-alone',
      comment: 'API, worker and commands share the connection and the ids, and nothing else of each other.',
      severity: 'error',
      from: { path: '^src/temporal/' },
      to: {
        path: ours,
        pathNot: [
          '^src/(temporal|config|platform)/',
          '^contracts/',
          '^workflows/(temporal/protocol|[^/]+/messages)\\.ts$',
        ],
      },
    },
    {
      name: 'commands-speak-http-and-temporal',
      comment:
        'tools/ and bench/ start programs and talk to them as anybody outside would; an import of their insides would work on one machine only. The simulation alone runs the rules of the services in its own process.',
      severity: 'error',
      from: { path: '^(tools|bench)/', pathNot: '^tools/simulate/(services|world)/' },
      to: { path: ['^src/api/', serviceInsides] },
    },
    {
      name: 'checker-believes-nobody',
      comment:
        'tools/check/ judges the product by its public contract alone: with a rule taken from the product, it would repeat the product’s mistakes.',
      severity: 'error',
      from: { path: '^tools/check/' },
      to: { path: ours, pathNot: '^tools/(check|within|progress)' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    // Type-only imports are seen too, and told from the others.
    tsPreCompilationDeps: 'specify',
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.cjs', '.mts', '.d.ts'],
    },
    cache: false,
  },
};
