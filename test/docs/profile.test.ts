// docs/profile.md is true: its examples are valid, and it names every code and every key.

import { readFileSync } from 'node:fs';
import t from 'tap';
import { builtinCatalog } from '../support/catalog.ts';
import { found, readText } from '../support/reading.ts';

const text = readFileSync(new URL('../../docs/profile.md', import.meta.url), 'utf8');
const examples = new Map(
  [...text.matchAll(/^```yaml (\S+)\n(.*?)^```/gms)].map((match) => [match[1] ?? '', match[2] ?? '']),
);

for (const [name, example] of examples) {
  t.test(`the example ${name} is a good profile without a warning`, async (t) => {
    const reading = await readText(example, { files: Object.fromEntries(examples), catalog: builtinCatalog() });

    t.same(found(reading), []);
    t.same(found(reading, 'warning'), []);
    t.ok(reading.profile);
  });
}

t.test('the examples do what their comments say', async (t) => {
  const files = Object.fromEntries(examples);

  const site = await readText(files['site.yaml'] ?? '', { files, catalog: builtinCatalog() });

  t.equal(examples.size, 6);
  t.notOk(site.profile?.nodes.has('snapshot'));
  t.match(site.profile?.nodes.get('camera'), { use: 'source/test-pattern', options: { fps: 2 } });
});

t.test('every code and every key of a profile is explained', async (t) => {
  const problems = readFileSync(new URL('../../core/contract/problems.ts', import.meta.url), 'utf8');
  const codes = [...problems.matchAll(/^ {2}\| '([a-z-]+)'/gm)].map((match) => match[1] ?? '');

  t.ok(codes.length > 20);
  for (const code of codes) t.match(text, `\`${code}\``);
  for (const key of Object.keys(builtinCatalog().base.schema().properties ?? {})) t.match(text, `| \`${key}\` |`);
});
