// The texts of all pages: every language has the same keys, of the same kind, and none of them is empty.

import { readdirSync } from 'node:fs';
import { extname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';

const FILES = readdirSync('plugins', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('/de.ts'))
  .map((name) => join('plugins', name))
  .sort();

type Texts = Readonly<Record<string, unknown>>;

const isMap = (value: unknown): value is Texts => typeof value === 'object' && value !== null && !Array.isArray(value);

/** "state.live" → "text", or "function of 1". */
function kinds(texts: Texts, prefix = ''): string[] {
  return Object.entries(texts).flatMap(([key, value]) => {
    if (isMap(value)) return kinds(value, `${prefix}${key}.`);
    const kind = typeof value === 'function' ? `function of ${value.length}` : typeof value;
    return `${prefix}${key}: ${value === '' ? 'empty' : kind}`;
  });
}

/** The sources, or their compiled form, as for this file. */
const ROOT = resolve(import.meta.filename, '../../../../..');

const textsOf = async (file: string, name: string): Promise<Texts> => {
  const path = join(ROOT, file.replace('.ts', extname(import.meta.filename)));
  const module: Texts = await import(pathToFileURL(path).href);
  const texts = module[name];
  if (!isMap(texts)) throw new Error(`${file} has no "${name}"`);
  return texts;
};

t.test('German and English texts have the same keys', async (t) => {
  t.ok(FILES.length >= 5, FILES.join(' '));
  for (const file of FILES) {
    const [de, en] = [kinds(await textsOf(file, 'de')), kinds(await textsOf(file.replace('de.ts', 'en.ts'), 'en'))];
    t.same(de.sort(), en.sort(), file);
    t.notMatch(en.join(), ': empty', file);
  }
});
