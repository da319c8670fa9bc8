import type { IForbiddenRuleType } from 'dependency-cruiser';

/** Source that ships, as opposed to tests. */
const source =
  '^(libs/(contracts|service-kit|pricing|pii|embeddings|semantic-match|admin-client)|services/[^/]+)/src/';
const test = '(\\.test\\.ts$|^(libs|services|infra)/[^/]+/test/|^test/)';

/** The house's arrows, which point down only: services -> service-kit -> contracts. */
export const architectureRules: IForbiddenRuleType[] = [
  {
    name: 'no-cycles',
    comment: 'A cycle, type imports included, means that two files cannot be understood apart.',
    severity: 'error',
    from: {},
    to: { circular: true },
  },
  {
    name: 'no-service-imports-a-service',
    comment: 'Services speak over the bus, or they could not be scaled and replaced by themselves.',
    severity: 'error',
    from: { path: '^services/([^/]+)/' },
    to: { path: '^services/', pathNot: '^services/$1/' },
  },
  {
    name: 'no-lib-imports-a-service',
    comment: 'What all share cannot depend on one.',
    severity: 'error',
    from: { path: '^(libs|infra/local-servers)/' },
    to: { path: '^services/' },
  },
  {
    name: 'contracts-import-zod-only',
    comment: 'Contracts are data: whoever reads them gets no behaviour with them.',
    severity: 'error',
    from: { path: '^libs/contracts/src/', pathNot: test },
    to: { pathNot: '^(libs/contracts/src/|node_modules/zod/)' },
  },
  {
    name: 'service-kit-stands-on-contracts',
    comment: 'The kit knows no business word, so of our own packages it needs none but the contracts.',
    severity: 'error',
    from: { path: '^libs/service-kit/', pathNot: test },
    to: { path: '^(libs|services|infra|bench|eval|test)/', pathNot: '^libs/(service-kit|contracts)/' },
  },
  {
    name: 'admin-client-stands-on-contracts',
    comment: 'It runs in the command line and in browsers, where there is no bus and no service.',
    severity: 'error',
    from: { path: '^libs/admin-client/', pathNot: test },
    to: { path: '^(libs|services|infra|bench|eval|test)/', pathNot: '^libs/(admin-client|contracts)/' },
  },
  {
    name: 'pricing-stands-on-contracts',
    comment: 'Prices and their arithmetic are pure: whoever chooses by cost and whoever bills share them.',
    severity: 'error',
    from: { path: '^libs/pricing/', pathNot: test },
    to: { path: '^(libs|services|infra|bench|eval|test)/', pathNot: '^libs/(pricing|contracts)/' },
  },
  {
    name: 'pii-stands-on-contracts',
    comment: 'What personal data looks like is pure: guardrails, evaluation and benchmarks share it.',
    severity: 'error',
    from: { path: '^libs/pii/', pathNot: test },
    to: { path: '^(libs|services|infra|bench|eval|test)/', pathNot: '^libs/(pii|contracts)/' },
  },
  {
    name: 'semantic-match-stands-on-contracts',
    comment: 'Whether an answer serves another question too is pure: the cache and its evaluation share it.',
    severity: 'error',
    from: { path: '^libs/semantic-match/', pathNot: test },
    to: {
      path: '^(libs|services|infra|bench|eval|test)/',
      pathNot: '^libs/(semantic-match|contracts)/',
    },
  },
  {
    name: 'embeddings-stand-on-the-kit',
    comment: 'A model that turns texts into vectors knows nothing of what the vectors are for.',
    severity: 'error',
    from: { path: '^libs/embeddings/', pathNot: test },
    to: {
      path: '^(libs|services|infra|bench|eval|test)/',
      pathNot: '^libs/(embeddings|service-kit|contracts)/',
    },
  },
  {
    name: 'no-test-code-in-source',
    comment: 'What ships must not depend on what tests it.',
    severity: 'error',
    from: { path: source, pathNot: test },
    to: { path: `(^libs/testkit/|^(bench|eval|infra)/|${test})` },
  },
  {
    name: 'domain-is-pure',
    comment:
      'Rules do not know how they are reached, what they are stored in, or who logs them. Faults and clocks they may know.',
    severity: 'error',
    from: { path: '^services/([^/]+)/src/domain/', pathNot: test },
    to: {
      path: '^(services/$1/src/(adapters|endpoints|engine)/|libs/service-kit/src/((bus|database|redis)/|outbound/(connector|guarded-|name-resolver)|(logger|metrics)\\.ts$))',
    },
  },
  {
    name: 'only-the-composition-root-knows-all-parts',
    comment: 'An endpoint or adapter that imports service.ts would tie the knot again.',
    severity: 'error',
    from: { path: '^services/([^/]+)/src/', pathNot: `(/main\\.ts$|${test})` },
    to: { path: '^services/$1/src/(service|main)\\.ts$' },
  },
  {
    name: 'nothing-unresolved',
    comment: 'An import that the tool cannot follow is one that it cannot check.',
    severity: 'error',
    from: {},
    to: { couldNotResolve: true },
  },
];
