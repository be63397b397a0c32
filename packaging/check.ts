// Runs the checks of `npm run check` besides format, lint and types; any finding fails.

import { drift } from './check/drift.ts';
import { kernelNames } from './check/kernel-names.ts';
import { layers } from './check/layers.ts';
import { pluginList } from './check/plugin-list.ts';
import { powers } from './check/powers.ts';
import { sizes } from './check/sizes.ts';
import { words } from './check/words.ts';

const CHECKS: readonly {
  readonly title: string;
  readonly look: () => readonly string[] | Promise<readonly string[]>;
}[] = [
  { title: 'files are small and state their purpose', look: sizes },
  { title: 'the core imports no plugin, and no plugin imports another', look: layers },
  { title: 'the core names no plugin and no kind of plugins', look: kernelNames },
  { title: 'generated files match their sources', look: drift },
  { title: 'every option states who may change it', look: powers },
  { title: 'every plugin is listed and has a schema, a test and a page', look: pluginList },
  { title: 'names and texts use the standard terms', look: words },
];

for (const { title, look } of CHECKS) {
  const complaints = await look();
  process.stdout.write(`${complaints.length === 0 ? 'ok' : 'not ok'} - ${title}\n`);
  for (const complaint of complaints) process.stdout.write(`  ${complaint}\n`);
  if (complaints.length > 0) process.exitCode = 1;
}
