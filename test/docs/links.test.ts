// README and docs: links, file names and commands in them exist.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { commandsOf } from '../../core/cli/commands.ts';
import { builtins, commands, standaloneCommands } from '../../plugins/index.ts';

const PAGES = [
  'README.md',
  'CHANGELOG.md',
  ...readdirSync('docs').flatMap((name) => (name.endsWith('.md') ? [`docs/${name}`] : [])),
];
const textOf = (page: string): string => readFileSync(page, 'utf8');
/** Commands that plugins of a profile provide. */
async function pluginCommands(): Promise<readonly string[]> {
  const loaded = await Promise.all(Object.values(builtins).map((load) => load()));
  return loaded.flatMap(({ default: plugin }) =>
    'commands' in plugin && plugin.commands ? Object.keys(plugin.commands) : [],
  );
}

/** As GitHub names them. */
const headings = (text: string): string[] =>
  [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, '')
      .replaceAll(' ', '-'),
  );

t.test('every relative link leads to a file, and to a heading of it', async (t) => {
  for (const page of PAGES) {
    for (const [, target = ''] of textOf(page).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      const [path = '', heading] = target.split('#');
      const file = path === '' ? page : join(dirname(page), path);
      t.ok(existsSync(file), `${page}: ${target}`);
      if (heading && existsSync(file)) t.ok(headings(textOf(file)).includes(heading), `${page}: ${target}`);
    }
  }
});

t.test('every file of the repository that a page names exists', async (t) => {
  for (const page of PAGES) {
    for (const [, path = ''] of textOf(page).matchAll(
      /`((?:core|plugins|packaging|bench|configs|test)\/[\w./-]+\.\w+)`/g,
    )) {
      t.ok(existsSync(path), `${page}: ${path}`);
    }
  }
});

t.test('every command is one that camd has, and none installs or builds a checkout again', async (t) => {
  const known = [
    ...Object.keys(commandsOf({ commands })),
    ...Object.keys(standaloneCommands),
    ...(await pluginCommands()),
  ];

  for (const page of PAGES) {
    const text = textOf(page);
    t.notMatch(text, /npx (--\S+ )*camd/, page);
    for (const [, command = ''] of text.matchAll(/(?:^ *\$ |^ *\.\/|`(?:\.\/)?)(?:\.\/)?camd ([a-z]+)\b/gm)) {
      t.ok(known.includes(command), `${page}: camd ${command}`);
    }
  }
});
