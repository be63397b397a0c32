// Who may import whom: the core knows no plugin, no plugin knows another. packaging/check/layers.ts runs it.

/** Types cost nothing and may form circles. */
const AT_RUN_TIME = { dependencyTypesNot: ['type-only'] };
const NOT_SHIPPED = '^(test|packaging|bench)/';

module.exports = {
  forbidden: [
    {
      name: 'core-knows-no-plugin',
      comment: 'core/catalog/create.ts alone imports the list of built-in plugins.',
      severity: 'error',
      from: { path: '^core/', pathNot: '^core/registry\\.ts$' },
      to: { path: '^(plugins|schemas)/' },
    },
    {
      name: 'registry-knows-only-the-list',
      severity: 'error',
      from: { path: '^core/registry\\.ts$' },
      to: { path: '^(plugins|schemas)/', pathNot: '^plugins/index\\.ts$' },
    },
    {
      name: 'plugins-stand-alone',
      comment: 'A plugin never imports another; what two of them need is a room in core/.',
      severity: 'error',
      from: { path: '^plugins/([^/]+)/([^/.]+)' },
      to: { path: '^plugins/', pathNot: '^plugins/$1/$2(/|\\.ts$)' },
    },
    {
      name: 'plugins-see-their-own-options',
      severity: 'error',
      from: { path: '^plugins/([^/]+)/([^/.]+)' },
      to: { path: '^schemas/', pathNot: '^schemas/$1/$2\\.ts$' },
    },
    {
      name: 'plugins-know-no-command-line',
      comment: 'Plugins are started by the core and never reach for what starts them.',
      severity: 'error',
      from: { path: '^plugins/[^/]+/' },
      to: { path: '^core/(main|registry|daemon)\\.ts$|^core/(cli|control)/', ...AT_RUN_TIME },
    },
    {
      name: 'nothing-shipped-needs-tests-or-tools',
      severity: 'error',
      from: { path: '^(core|plugins)/' },
      to: { path: NOT_SHIPPED },
    },
    {
      name: 'no-development-packages-at-run-time',
      comment:
        'Scripts for browsers (page/) are bundled, so theirs may be development packages; pages.ts bundles in a checkout.',
      severity: 'error',
      from: { path: '^(core|plugins)/', pathNot: '/page/|^core/pages\\.ts$' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg'], ...AT_RUN_TIME },
    },
    {
      name: 'no-circles',
      severity: 'error',
      from: { path: '^(core|plugins)/' },
      to: { circular: true, viaOnly: AT_RUN_TIME },
    },
    {
      name: 'everything-resolves',
      severity: 'error',
      from: { path: '^(core|plugins)/' },
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
