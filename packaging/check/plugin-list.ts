// Checks plugins/index.ts against the folders: each plugin is listed and has its schema, test and page; each command is listed.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { builtins, commands } from '../../plugins/index.ts';
import { schemaFiles } from '../generate/schemas.ts';

const COMMAND = 'command/';

export function pluginList(): string[] {
  const listed = Object.keys(builtins);
  const onDisk = pluginsOnDisk().filter((use) => !use.startsWith(COMMAND));
  const described = schemaFiles().map((path) => path.replace(/^schemas\/(.*)\.schema\.json$/, '$1'));
  const sorted = [...listed].sort();
  return [
    ...listed.filter((use, index) => use !== sorted[index]).map((use) => `${use} is out of order in plugins/index.ts`),
    ...onDisk.filter((use) => !listed.includes(use)).map((use) => `${use} is not in plugins/index.ts`),
    ...listed.filter((use) => !onDisk.includes(use)).map((use) => `${use} has no file in plugins/`),
    ...described
      .filter((use) => !listed.includes(use))
      .map((use) => `${use} has a schema but is not in plugins/index.ts`),
    ...listed.flatMap(companions),
    ...pluginsOnDisk()
      .filter((use) => use.startsWith(COMMAND) && !Object.hasOwn(commands, use.slice(COMMAND.length)))
      .map((use) => `${use} is not among the commands of plugins/index.ts`),
  ];
}

/** "kind/name" of each file or folder on the second level. */
function pluginsOnDisk(): string[] {
  const kinds = readdirSync('plugins', { withFileTypes: true }).filter(
    (entry) => entry.isDirectory() && entry.name !== 'kit',
  );
  return kinds.flatMap(({ name: kind }) => {
    const entries = readdirSync(`plugins/${kind}`);
    return entries.map((entry) => `${kind}/${entry.replace(/\.ts$/, '')}`);
  });
}

function companions(use: string): string[] {
  const schema = `schemas/${use}.schema.json`;
  const page = `docs/reference/${use.replace('/', '-')}.md`;
  return [
    ...(existsSync(schema) ? titled(schema, use) : [`${use} lacks ${schema}`]),
    ...(existsSync(page) ? [] : [`${use} lacks ${page}`]),
    ...(hasTest(use) ? [] : [`${use} lacks test/plugins/${use}.test.ts`]),
  ];
}

/** Accepts test/plugins/<use>.test.ts, and several files with that prefix: <use>-corpus.test.ts, <use>/faults.test.ts. */
function hasTest(use: string): boolean {
  const [kind = '', name = ''] = use.split('/');
  if (!existsSync(`test/plugins/${kind}`)) return false;
  const files = readdirSync(`test/plugins/${kind}`, { recursive: true }).map(String);
  return files.some(
    (file) => file.endsWith('.test.ts') && /^[-/.]/.test(file.slice(name.length)) && file.startsWith(name),
  );
}

function titled(path: string, use: string): string[] {
  const read: unknown = JSON.parse(readFileSync(path, 'utf8'));
  const title = typeof read === 'object' && read !== null && 'title' in read ? read.title : undefined;
  return title === use ? [] : [`${path} has the title "${String(title)}"`];
}
