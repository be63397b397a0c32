// Which characters of a text are hidden, and which values of a profile are secret.

import t from 'tap';
import type { OptionSchema } from '../../../../core/contract/schema.ts';
import { parseYaml } from '../../../../core/profile/source/yaml.ts';
import { hiddenIn, passwordsIn, type Secrets, secretsOf, starOut } from '../../../../core/profile/values/secrets.ts';

const NONE: Secrets = { ranges: [], values: [] };

const range = (start: number, end: number, file = 'a.yaml') => ({ file, line: 1, column: 1, length: 1, start, end });
const stars = (text: string, secrets: Partial<Secrets> = {}): string =>
  starOut('a.yaml', text, { ...NONE, ...secrets });

/** The values that count as secret, and the texts of their ranges. */
function found(text: string, schema: OptionSchema | undefined): { values: readonly string[]; texts: string[] } {
  const { tree } = parseYaml('a.yaml', text);
  if (!tree) throw new Error('the text is good');
  const { values, ranges } = secretsOf(tree, schema);
  return { values, texts: ranges.map(({ start, end }) => text.slice(start, end)) };
}

t.test('the parts of a text that are masked', (t) => {
  const rows: readonly (readonly [text: string, shown: string, secrets?: Partial<Secrets>])[] = [
    ['a: word', 'a: word'],
    ['a: word', 'a: ****', { ranges: [range(3, 7)] }],
    ['a: word', 'a: word', { ranges: [range(3, 7, 'b.yaml')] }],
    ['a: two words\n x', 'a: *** *****\n *', { ranges: [range(3, 15)] }],
    ['a: ${env:X}y', 'a: ${env:X}*', { ranges: [range(3, 12)] }],
    ['a: s3cret-99, b: s3cret-99s3cret-99', 'a: *********, b: ******************', { values: ['s3cret-99'] }],
    ['a: x, b: x', 'a: x, b: x', { values: ['x'] }],
    ['http://me:word@h/', 'http://*******@h/'],
    ['http://h/?token=abc&a=b', 'http://h/?token=***&a=b'],
    ['http://h/?a=b&token=abc', 'http://h/?a=b&token=***'],
    ['http://h/?size=abc', 'http://h/?size=abc'],
    ['password: hunter', 'password: ******'],
    ['my_token: hunter', 'my_token: ******'],
    ['passwd: "hunter", a: 1', 'passwd: "******", a: 1'],
    ["api_key: 'hunter'", "api_key: '******'"],
    ['password: "hunter', 'password: "******'],
    ['{ secret: hunter, a: 1 }', '{ secret: ******, a: 1 }'],
    ['password: ${env:PW}', 'password: ${env:PW}'],
    ['password: a${env:PW}b', 'password: *${env:PW}*'],
    ['passage: hunter', 'passage: hunter'],
  ];
  for (const [text, shown, secrets] of rows) t.equal(stars(text, secrets), shown, text);
  t.end();
});

t.test('characters that stand together are one run, in order', (t) => {
  const secrets = { ...NONE, ranges: [range(6, 8), range(0, 2), range(2, 4), range(7, 9)] };

  t.same(hiddenIn('a.yaml', 'abcdefghij', secrets), [
    { start: 0, end: 4 },
    { start: 6, end: 9 },
  ]);
  t.same(hiddenIn('a.yaml', '', NONE), []);
  t.end();
});

t.test('options that a schema marks, and all that it does not know', (t) => {
  const schema: OptionSchema = {
    properties: {
      token: { type: 'string', secret: true },
      name: { type: 'string' },
      headers: { type: 'object', secret: true, additionalProperties: { type: 'string' } },
      users: { type: 'array', items: { properties: { password: { secret: true }, id: { type: 'integer' } } } },
      parse: { parse: true },
      either: { oneOf: [{ type: 'string' }, { type: 'array', items: { secret: true } }] },
    },
  };
  const one = (text: string) => found(text, schema);

  t.same(one('token: hunter'), { values: ['hunter'], texts: ['hunter'] });
  t.same(one('name: hunter'), { values: [], texts: [] });
  t.same(one('token: ""\nname: x'), { values: [], texts: [] });
  t.same(one('token:'), { values: [], texts: [] });
  t.same(one('headers: { X: hunter, Y: [a] }').values, ['hunter', 'a']);
  t.same(one('users: [{ id: 1, password: hunter }]'), { values: ['hunter'], texts: ['hunter'] });
  t.same(one('parse: { token: hunter }'), { values: [], texts: [] });
  t.same(one('either: [hunter]').values, ['hunter']);
  t.same(one('either: hunter').values, []);
  t.same(one('tokn: hunter'), { values: ['hunter'], texts: ['hunter'] }, 'misspelt');
  t.same(one('nonsense: hunter'), { values: [], texts: ['hunter'] }, 'unknown');
  t.same(found('any: hunter\nmore: [1]', undefined), { values: [], texts: ['hunter', '1'] }, 'an unknown plugin');
  t.same(one('token: hunter #two'), { values: ['hunter'], texts: ['hunter #two'] }, 'cut by a comment');
  t.same(one('name: http://me:wo%72d@h/'), { values: ['wo%72d', 'word'], texts: [] });
  t.end();
});

t.test('a text that only refers to secrets stays to be read', (t) => {
  const { tree } = parseYaml('a.yaml', 'token: x');
  if (tree?.kind !== 'map') throw new Error('the text is good');
  const of = (written: string): number => {
    const [entry] = tree.entries.values();
    if (entry?.value.kind !== 'leaf') throw new Error('there is a value');
    const value = { ...entry.value, value: 'hunter', written };
    const whole = { ...tree, entries: new Map([['token', { ...entry, value }]]) };
    return secretsOf(whole, { properties: { token: { secret: true } } }).ranges.length;
  };

  for (const written of ['${env:X}', '${file:/x}${cred:y}', '${var:z}']) t.equal(of(written), 0, written);
  for (const written of ['a${env:X}', '${env:X:-word}', '${env:X} ']) t.equal(of(written), 1, written);
  t.end();
});

t.test('passwords in URLs, as written and decoded', (t) => {
  t.same(passwordsIn('http://me:a%20b@h/'), ['a%20b', 'a b']);
  t.same(passwordsIn('http://me:%zz@h/'), ['%zz']);
  t.same(passwordsIn('http://me:a:b@h/'), ['a:b', 'a:b']);
  for (const none of ['http://me@h/', 'http://me:@h/', 'http://h/', 'me:word']) t.same(passwordsIn(none), [], none);
  t.end();
});
