// URL-encoded bodies as bytes: names and values, limits on both, and turns of the event loop in long ones.

import t from 'tap';
import { looksUrlEncoded, readUrlEncoded } from '../../../../plugins/kit/http/url-encoded.ts';

const read = async (body: string, most = 10) =>
  (await readUrlEncoded(Buffer.from(body, 'latin1'), most))?.map(({ name, value }) => [name, value.toString('latin1')]);

t.test('"&" separates entries, with or without a name, a "=" or a value', async (t) => {
  const cases: readonly (readonly [string, readonly (readonly [string, string])[]])[] = [
    ['', []],
    ['&', []],
    ['a=1', [['a', '1']]],
    ['&&a=1&&', [['a', '1']]],
    ['a', [['a', '']]],
    ['a=', [['a', '']]],
    ['=1', [['', '1']]],
    [
      'a=b=c&d',
      [
        ['a', 'b=c'],
        ['d', ''],
      ],
    ],
    [
      'x&y=2',
      [
        ['x', ''],
        ['y', '2'],
      ],
    ],
    ['n%61me=v%61lue', [['name', 'value']]],
  ];
  for (const [body, entries] of cases) t.strictSame(await read(body), entries, body);
});

t.test('two hexadecimal digits after "%" are one byte; anything else is unchanged', async (t) => {
  const cases: Readonly<Record<string, string>> = {
    '%00': '\x00',
    '%0f': '\x0f',
    '%F0': '\xf0',
    '%9a': '\x9a',
    '%A9': '\xa9',
    '%ff': '\xff',
    '%4': '%4',
    '%': '%',
    '%%41': '%A',
    '%g1': '%g1',
    '%1g': '%1g',
    '%1:': '%1:',
    '%/1': '%/1',
    '%41%42C': 'ABC',
    '%4142': 'A42',
    'a+b': 'a+b',
    '%\xff1': '%\xff1',
  };
  for (const [body, value] of Object.entries(cases)) {
    t.strictSame(await read(`v=${body}`), [['v', value]], body);
  }
});

t.test('entries are counted, empty ones too, and reading ends at the first over the limit', async (t) => {
  t.equal((await read('a&b&c', 3))?.length, 3);
  t.equal(await read('a&b&c&d', 3), undefined);
  t.equal(await read('a&&&', 2), undefined);
  t.strictSame(await read('a&', 1), [['a', '']]);
});

t.test('a long name is truncated, its value is complete', async (t) => {
  const longest = 'n'.repeat(128);

  t.strictSame(await read(`${longest}=1&b=2`), [
    [longest, '1'],
    ['b', '2'],
  ]);
  t.strictSame(await read(`${longest}xyz=1`), [[longest, '1']]);
});

t.test('a body looks like a form when it begins with a name, "=" and something else', (t) => {
  for (const body of ['a=1', 'A[0].b_c-d%20=x', 'a==b'.replace('==', '=&'), `${'n'.repeat(128)}=1`]) {
    t.equal(looksUrlEncoded(Buffer.from(body)), true, body);
  }
  for (const body of ['', '=', '=1', 'a=', 'a==', 'a', 'a b=1', '\xff\xd8=1', `${'n'.repeat(129)}=1`]) {
    t.equal(looksUrlEncoded(Buffer.from(body, 'latin1')), false, body);
  }
  t.end();
});

t.test('a long value is decoded in several turns of the event loop, a short one in none', async (t) => {
  const turnsFor = async (body: Buffer): Promise<number> => {
    let turns = 0;
    let counting = true;
    const count = (): void => {
      if (!counting) return;
      turns++;
      setImmediate(count);
    };
    setImmediate(count);
    await readUrlEncoded(body, 10);
    counting = false;
    return turns;
  };
  // A "%" escape crosses the end of a piece.
  const piece = 512 * 1024;
  const across = Buffer.concat([
    Buffer.from('v='),
    Buffer.alloc(piece - 1, 'a'),
    Buffer.from('%42'),
    Buffer.alloc(9, 'c'),
  ]);

  t.equal(await turnsFor(Buffer.from('v=short')), 0);
  t.equal(await turnsFor(Buffer.concat([Buffer.from('v='), Buffer.alloc(piece, 'a')])), 0);
  t.equal(await turnsFor(Buffer.concat([Buffer.from('v='), Buffer.alloc(piece + 1, 'a')])), 1);
  t.ok((await turnsFor(Buffer.concat([Buffer.from('v='), Buffer.alloc(3 * piece, 'a')]))) >= 2);
  const [entry] = (await readUrlEncoded(across, 10)) ?? [];
  t.equal(entry?.value.length, piece - 1 + 1 + 9);
  t.equal(entry?.value.toString('latin1', piece - 2), 'aBccccccccc');
});
