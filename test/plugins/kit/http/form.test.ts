// Forms: every kind of entry, limits that stop reading, and no body that blocks the process.

import t from 'tap';
import { MAX_PARTS, readForm, readUrlEncodedForm } from '../../../../plugins/kit/http/form.ts';
import { CEILING_MS, longestTurn } from '../../../support/longest-turn.ts';
import { random } from '../../../support/random.ts';

const TYPE = 'multipart/form-data; boundary=x';
const MiB = 2 ** 20;
const limits = { maxText: 12 * MiB };

async function* pieces(body: Buffer, size = 64 * 1024) {
  for (let at = 0; at < body.length; at += size) yield body.subarray(at, at + size);
}
const part = (head: string, body: string): string =>
  `--x\r\nContent-Disposition: form-data; ${head}\r\n\r\n${body}\r\n`;

t.test(
  'files and texts are read in the order of the form; a part of type image/… is a file even without a file name',
  async (t) => {
    const image = '--x\r\nContent-Disposition: form-data; name="shot"\r\nContent-Type: image/jpeg\r\n\r\n\xff\xd8\r\n';
    const body = `${part('name="id"', '7')}${part('name="f"; filename="a.bin"', 'abc')}${image}--x--\r\n`;

    const entries = await readForm(pieces(Buffer.from(body, 'latin1'), 7), TYPE, limits);

    t.same(entries, [
      { name: 'id', is: 'text', data: Buffer.from('7') },
      { name: 'f', is: 'file', data: Buffer.from('abc') },
      { name: 'shot', is: 'file', data: Buffer.from([0xff, 0xd8]) },
    ]);
  },
);

t.test('reading of a form with more than 50 parts stops at the limit', async (t) => {
  let read = 0;
  async function* endless() {
    for (;;) {
      read++;
      yield Buffer.from(part('name="a"', '').repeat(100));
    }
  }

  await t.rejects(readForm(endless(), TYPE, limits), { code: 'bad-form', message: /more than 50 parts/ });
  t.equal(read, 1);
  t.equal(
    (await readForm(pieces(Buffer.from(`${part('name="a"', '1').repeat(MAX_PARTS)}--x--`)), TYPE, limits)).length,
    50,
  );
});

t.test('a malformed form is refused, wherever the error is, and none blocks its reader', async (t) => {
  const whole = `${part('name="a"; filename="a.jpg"', 'abc')}${part('name="b"', 'text')}--x--\r\n`;
  const next = random(7);
  for (let round = 0; round < 300; round++) {
    const bytes = Buffer.from(whole.slice(0, 1 + next(whole.length)));
    for (let spoilt = next(4); spoilt > 0; spoilt--) bytes[next(bytes.length)] = next(256);
    await readForm(pieces(bytes, 1 + next(40)), TYPE, limits).catch((cause) => t.equal(cause.code, 'bad-form'));
  }
  await t.rejects(readForm(pieces(Buffer.from(whole)), 'multipart/form-data', limits), { code: 'bad-form' });
  await t.rejects(readForm(pieces(Buffer.from(whole.slice(0, 70))), TYPE, limits), { code: 'bad-form' });
});

t.test('a fault of the body itself is passed on', async (t) => {
  async function* cut() {
    yield Buffer.from('--x\r\n');
    throw Object.assign(new Error('cut'), { code: 'cut' });
  }

  await t.rejects(readForm(cut(), TYPE, limits), { code: 'bad-form' });
});

t.test('no form of 10 MB blocks the process', async (t) => {
  const fill = (text: string): Buffer => Buffer.alloc(10 * MiB, text, 'latin1');
  const head = part('name="a"; filename="b"', '').slice(0, -2);
  const floods: Readonly<Record<string, Buffer>> = {
    'a million empty parts': fill('\r\n--x\r\n\r\n'),
    'parts without heads': fill('\r\n--x'),
    'named parts': fill(part('name="a"', '')),
    'heads without end': fill('--x\r\nA: b\r\n'),
    'one head of header lines': Buffer.concat([Buffer.from('--x\r\n'), fill('a:\r\n')]),
    'a file of delimiters that are none': Buffer.concat([Buffer.from(head), fill('\r\n--')]),
    'a file of line ends': Buffer.concat([Buffer.from(head), fill('\r\n')]),
    'a large text': Buffer.concat([Buffer.from(part('name="a"', '').slice(0, -2)), fill('é')]),
    'parameters without end': Buffer.concat([Buffer.from('--x\r\nContent-Disposition: form-data'), fill(';a="\\"')]),
  };
  for (const [what, body] of Object.entries(floods)) {
    const turn = await longestTurn(async () => {
      await readForm(pieces(body), TYPE, limits).catch(() => {});
    });

    t.ok(turn < CEILING_MS, `${what}: ${turn.toFixed(1)} ms`);
  }
});

t.test('URL-encoded forms: percent signs are decoded, "+" stays, and more than 50 entries are refused', async (t) => {
  const entries = await readUrlEncodedForm(Buffer.from('image=%2F9j+A%3d&%6Eote=a%zz%4&&empty=&bare'));

  t.same(
    entries.map(({ name, is, data }) => [name, is, data.toString()]),
    [
      ['image', 'text', '/9j+A='],
      ['note', 'text', 'a%zz%4'],
      ['empty', 'text', ''],
      ['bare', 'text', ''],
    ],
  );
  await t.rejects(readUrlEncodedForm(Buffer.from('a=1&'.repeat(51))), { code: 'bad-form' });
});

t.test('no URL-encoded body of 12 MB blocks the process', async (t) => {
  for (const text of ['b=&', '%41%42', 'a', '%', '&']) {
    const body = Buffer.concat([Buffer.from('a='), Buffer.alloc(12 * MiB, text)]);
    const turn = await longestTurn(async () => {
      await readUrlEncodedForm(body).catch(() => {});
    });

    t.ok(turn < CEILING_MS, `${text}: ${turn.toFixed(1)} ms`);
  }
});
