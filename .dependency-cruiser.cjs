// Who may import whom: the levels of the core, and plugins that see only the contract, the base and the kit. packaging/check/layers.ts runs it.

/** Types cost nothing and may form circles. */
const AT_RUN_TIME = { dependencyTypesNot: ['type-only'] };
const NOT_SHIPPED = '^(test|packaging|bench)/';

/** From the lowest to the highest: each level imports itself and those before it. */
const LEVELS = ['base', 'contract', 'catalog', 'profile', 'graph', 'daemon', 'service', 'cli', 'main'];
const inLevels = (levels) => `^core/(${levels.join('|')})(/|\\.ts$)`;

const levelRules = LEVELS.slice(0, -1).map((level, index) => ({
  name: `level-${level}`,
  comment: `core/${level} imports nothing above it.`,
  severity: 'error',
  from: { path: inLevels([level]) },
  to: { path: inLevels(LEVELS.slice(index + 1)) },
}));

module.exports = {
  /** Every file of the core belongs to a level; packaging/check/layers.ts looks. */
  levels: inLevels(LEVELS),
  forbidden: [
    ...levelRules,
    {
      name: 'core-knows-no-plugin',
      comment: 'core/main.ts alone hands in the list of built-in plugins.',
      severity: 'error',
      from: { path: '^core/', pathNot: '^core/main\\.ts$' },
      to: { path: '^(plugins|schemas)/' },
    },
    {
      name: 'main-knows-only-the-list',
      severity: 'error',
      from: { path: '^core/main\\.ts$' },
      to: { path: '^(plugins|schemas)/', pathNot: '^plugins/index\\.ts$' },
    },
    {
      name: 'plugins-stand-alone',
      comment: 'A plugin never imports another; what two of them need belongs in plugins/kit.',
      severity: 'error',
      from: { path: '^plugins/(?!kit/)([^/]+)/([^/.]+)' },
      to: { path: '^plugins/', pathNot: '^plugins/(kit/|$1/$2(/|\\.ts$))' },
    },
    {
      name: 'kit-knows-no-plugin',
      severity: 'error',
      from: { path: '^plugins/kit/' },
      to: { path: '^(plugins/(?!kit/)|schemas/)' },
    },
    {
      name: 'plugins-see-their-own-options',
      severity: 'error',
      from: { path: '^plugins/(?!kit/)([^/]+)/([^/.]+)' },
      to: { path: '^schemas/', pathNot: '^schemas/$1/$2\\.ts$' },
    },
    {
      name: 'plugins-see-contract-and-base',
      comment: 'The kernel behind the contract may change without a plugin noticing.',
      severity: 'error',
      from: { path: '^plugins/', pathNot: '^plugins/((kit/)?command/|kit/editing/|index\\.ts$)' },
      to: { path: '^core/', pathNot: inLevels(['base', 'contract']) },
    },
    {
      name: 'editing-sees-the-profile-and-the-graph',
      comment:
        'plugins/kit/editing changes profiles: it reads, checks and plans as the core does. core/daemon/editing.ts says what it gets.',
      severity: 'error',
      from: { path: '^plugins/kit/editing/' },
      to: {
        path: '^core/',
        pathNot: `${inLevels(LEVELS.slice(0, LEVELS.indexOf('daemon')))}|^core/daemon/editing\\.ts$`,
      },
    },
    {
      name: 'editing-is-reached-through-the-contract',
      comment:
        'Plugins change a profile with the ports of core/contract; plugins/index.ts alone loads what is behind them.',
      severity: 'error',
      from: { path: '^(plugins/(?!kit/|index\\.ts$)|testing/)' },
      to: { path: '^plugins/kit/editing/' },
    },
    {
      name: 'kit-does-not-publish-editing',
      severity: 'error',
      from: { path: '^plugins/kit/(?!editing/)' },
      to: { path: '^plugins/kit/editing/' },
    },
    {
      name: 'commands-see-the-core',
      comment: 'A command of the command line uses the levels of the core as they are; core/main.ts hands it in.',
      severity: 'error',
      from: { path: '^plugins/(kit/)?command/' },
      to: { path: inLevels(['main']) },
    },
    {
      name: 'kit-of-commands-is-theirs',
      comment: 'What several commands share uses the core as they do.',
      severity: 'error',
      from: { path: '^(plugins|testing)/', pathNot: '^plugins/(kit/)?command/' },
      to: { path: '^plugins/kit/command/' },
    },
    {
      name: 'testing-is-for-tests',
      comment: 'camd/testing drives the core; only `camd test` needs it.',
      severity: 'error',
      from: { path: '^(core|plugins)/', pathNot: '^plugins/command/test(/|\\.ts$)' },
      to: { path: '^testing/' },
    },
    {
      name: 'testing-sees-the-graph-the-kit-and-the-list',
      comment: 'It runs profiles as the daemon does, without the service and the command line, and names no plugin.',
      severity: 'error',
      from: { path: '^testing/' },
      to: { path: '^(core/(service|cli|main)|plugins/(?!kit/|index\\.ts$)|schemas/)' },
    },
    {
      name: 'nothing-shipped-needs-tests-or-tools',
      severity: 'error',
      from: { path: '^(core|plugins|testing)/' },
      to: { path: NOT_SHIPPED },
    },
    {
      name: 'no-development-packages-at-run-time',
      comment:
        'Scripts for browsers (page/) are bundled, so theirs may be development packages; kit/page/files.ts bundles in a checkout.',
      severity: 'error',
      from: { path: '^(core|plugins|testing)/', pathNot: '/page/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg'], ...AT_RUN_TIME },
    },
    {
      name: 'no-circles',
      severity: 'error',
      from: { path: '^(core|plugins|testing)/' },
      to: { circular: true, viaOnly: AT_RUN_TIME },
    },
    {
      name: 'everything-resolves',
      severity: 'error',
      from: { path: '^(core|plugins|testing)/' },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: ['node_modules'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
