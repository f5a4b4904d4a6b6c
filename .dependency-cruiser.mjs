// Who may import whom. ARCHITECTURE.md has the same as a table; test/imports.test.ts breaks each rule once.

const tests = '\\.test\\.ts$'
const npmTypes = ['npm', 'npm-dev', 'npm-peer', 'npm-optional', 'npm-no-pkg', 'npm-unknown']
/** Files of a folder, without their tests. */
const within = (path, not = []) => ({ path, pathNot: [tests, ...not] })
/** Packages other than these. Types count too: they end up in the declarations. */
const npmOtherThan = (...packages) => ({ dependencyTypes: npmTypes, pathNot: packages.map((name) => `node_modules/${name}/`) })
const sourceOtherThan = (...folders) => ({ path: '^src/', pathNot: folders })

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'core-stands-alone',
      comment: 'core holds the nouns that everything else is built on: it imports nothing of src but core and gen.',
      severity: 'error',
      from: within('^src/core/'),
      to: sourceOtherThan('^src/core/', '^src/gen/'),
    },
    {
      name: 'core-needs-yaml-and-zod-only',
      comment: 'core is part of every bundle: beside yaml and zod it needs no package.',
      severity: 'error',
      from: within('^src/core/'),
      to: npmOtherThan('yaml', 'zod'),
    },
    {
      name: 'pure-code-has-no-node',
      comment:
        'core, translate, simulate, plan, migrate, explain, kubernetes and the front door run in a browser: no node: module, so no file, socket, clock or environment.',
      severity: 'error',
      from: within('^src/(core/|translate/|simulate/|plan/|migrate/|explain/|kubernetes/|index\\.ts)'),
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'translate-knows-core-and-gen',
      comment: 'translate is a pure function of resources: servers, stores, programs and reflection are built around it, not into it.',
      severity: 'error',
      from: within('^src/translate/'),
      to: sourceOtherThan('^src/(core|gen|translate)/'),
    },
    {
      name: 'translate-needs-encoding-and-hashing-only',
      comment: 'translate encodes messages and hashes them; a schema beside a policy uses zod. No other package.',
      severity: 'error',
      from: within('^src/translate/'),
      to: npmOtherThan('@bufbuild/protobuf', '@noble/hashes', 'zod'),
    },
    {
      name: 'simulate-asks-what-is-translated',
      comment: 'simulate reads the configuration that translate makes, and nothing else: servers and programs may use it, not it them.',
      severity: 'error',
      from: within('^src/simulate/'),
      to: sourceOtherThan('^src/(core|gen|translate|simulate)/'),
    },
    {
      name: 'plan-compares-what-is-translated',
      comment: 'plan compares what translate makes and asks simulate what it means: nothing else, and no package of its own.',
      severity: 'error',
      from: within('^src/plan/'),
      to: { path: '^(src/|node_modules/)', pathNot: ['^src/(core|gen|translate|simulate|plan)/'] },
    },
    {
      name: 'migrate-writes-resources-anew',
      comment: 'migrate reads policies and writes others, and asks plan what that changes: nothing else, and no package of its own.',
      severity: 'error',
      from: within('^src/migrate/'),
      to: { path: '^(src/|node_modules/)', pathNot: ['^src/(core|gen|translate|plan|migrate)/'] },
    },
    {
      name: 'simulate-needs-regular-expressions-only',
      comment: 'simulate runs the regular expressions of users with RE2 in JavaScript. No other package.',
      severity: 'error',
      from: within('^src/simulate/'),
      to: npmOtherThan('re2js'),
    },
    {
      name: 'explain-knows-translate-and-reflection',
      comment: 'explain asks translations what would be otherwise and reads them by reflection: no server, no store, no program.',
      severity: 'error',
      from: within('^src/explain/'),
      to: sourceOtherThan('^src/(core|gen|translate|protojson|explain)/'),
    },
    {
      name: 'kubernetes-knows-core-and-translate',
      comment: "kubernetes is pure: what an object of a cluster becomes. Who talks with a cluster's API is a store, a server or a program.",
      severity: 'error',
      from: within('^src/kubernetes/'),
      to: sourceOtherThan('^src/(core|gen|translate|kubernetes)/'),
    },
    {
      name: 'kubernetes-needs-yaml-and-zod-only',
      comment: 'kubernetes makes manifests and CRDs out of schemas: beside yaml and zod it needs no package.',
      severity: 'error',
      from: within('^src/kubernetes/'),
      to: npmOtherThan('yaml', 'zod'),
    },
    {
      name: 'policy-knows-no-other-policy',
      comment: 'A policy is a folder and a line: what two policies need belongs beside the folders, not in one of them.',
      severity: 'error',
      from: { path: '^src/translate/policies/([^/]+)/', pathNot: [tests] },
      to: { path: '^src/translate/policies/([^/]+)/', pathNot: ['^src/translate/policies/$1/'] },
    },
    {
      name: 'policy-does-not-know-the-list',
      comment: 'policies/index.ts lists the policies; one that reads the list could tell which others exist.',
      severity: 'error',
      from: { path: '^src/translate/policies/[^/]+/', pathNot: [tests] },
      to: { path: '^src/translate/policies/index\\.ts$' },
    },
    {
      name: 'server-knows-no-store-and-no-program',
      comment: 'A server is given a Store: which one, the program says that starts it.',
      severity: 'error',
      from: within('^src/server/'),
      to: sourceOtherThan('^src/(core|gen|translate|protojson|kubernetes|kubernetes-api|server)/'),
    },
    {
      name: 'kubernetes-api-knows-nobody',
      comment: "kubernetes-api is a cluster's API as requests and answers: what they mean is for the stores and servers that ask.",
      severity: 'error',
      from: within('^src/kubernetes-api/'),
      to: sourceOtherThan('^src/kubernetes-api/'),
    },
    {
      name: 'kubernetes-client-stays-aside',
      comment:
        'Only kubernetes-api, which is loaded where a cluster is used, reads configuration with the optional peer @kubernetes/client-node.',
      severity: 'error',
      from: within('^src/', ['^src/kubernetes-api/']),
      to: { path: 'node_modules/@kubernetes/client-node/' },
    },
    {
      name: 'grpc-stays-at-the-rim',
      comment: 'Streams are plain reducers; @grpc/grpc-js is met in files called grpc.ts only.',
      severity: 'error',
      from: within('^src/', ['/grpc\\.ts$', '^src/cmd/']),
      to: { path: 'node_modules/@grpc/' },
    },
    {
      name: 'store-knows-core-and-itself',
      comment:
        "A store is a driver behind a port: it knows the port, its own files and, pure as they are, Kubernetes' objects; no other store.",
      severity: 'error',
      from: { path: '^src/store/([^/.]+)', pathNot: [tests] },
      to: { path: '^src/', pathNot: ['^src/core/', '^src/kubernetes/', '^src/kubernetes-api/', '^src/store/$1[/.]'] },
    },
    {
      name: 'front-door-reaches-no-adapter',
      comment: 'Who imports "." gets the pure library: no chain of imports leads to a server, store, program, reflection or test code.',
      severity: 'error',
      from: { path: '^src/index\\.ts$' },
      to: { path: '^src/(server|store|cmd|protojson|explain|testing|kubernetes-api)/', reachable: true },
    },
    {
      name: 'reflection-stays-aside',
      comment:
        'protojson carries descriptors of the whole Envoy API; of translate it knows the port that it implements and what a snapshot is.',
      severity: 'error',
      from: within('^src/protojson/'),
      to: sourceOtherThan('^src/(core|gen|protojson)/', '^src/translate/(raw-codec|snapshot|secrets)\\.ts$'),
    },
    {
      name: 'programs-are-not-imported',
      comment: 'cmd composes what the other folders offer: nothing is built on a program.',
      severity: 'error',
      from: within('^src/', ['^src/cmd/']),
      to: { path: '^src/cmd/' },
    },
    {
      name: 'testing-is-for-tests',
      comment: 'src/testing is what users import in their tests; what ships must not need it.',
      severity: 'error',
      from: within('^src/', ['^src/testing/']),
      to: { path: '^src/testing/' },
    },
    {
      name: 'generated-code-is-a-leaf',
      comment: 'src/gen is written by scripts/generate.ts and knows only itself and the protobuf runtime.',
      severity: 'error',
      from: within('^src/gen/'),
      to: sourceOtherThan('^src/gen/'),
    },
    {
      name: 'no-development-packages',
      comment: 'What ships may use dependencies only: a package of devDependencies is not there for those who install this one.',
      severity: 'error',
      from: within('^src/'),
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['npm', 'npm-peer', 'npm-optional', 'type-only'] },
    },
    {
      name: 'only-known-packages',
      comment: 'An import that resolves to nothing, or to a package that package.json does not name, breaks elsewhere.',
      severity: 'error',
      from: within('^src/'),
      to: { dependencyTypes: ['unknown', 'undetermined', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['npm', 'npm-peer'] },
    },
    {
      name: 'no-cycles',
      comment: 'Files that import each other can only be understood together: move what both need into a third.',
      severity: 'error',
      from: within('^src/', ['^src/gen/']),
      to: { circular: true, viaOnly: { pathNot: ['^src/gen/'], dependencyTypesNot: ['type-only'] } },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      mainFields: ['module', 'main', 'types'],
    },
    moduleSystems: ['es6'],
  },
}
