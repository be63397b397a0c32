// The stored record of cameras reported as offline.

import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { createOfflineRecord } from '../../../../plugins/kit/notify/record.ts';

t.test('a record is read back only by the same node', async (t) => {
  const folder = t.testdir({});
  const offline = new Map([
    ['gate', 5],
    ['yard', 7],
  ]);
  const record = createOfflineRecord(folder, 'mail/me');
  t.same([...(await record.read())], [], 'no record yet');
  await record.write(new Map([['old', 1]]));
  await record.write(offline);

  t.same(await createOfflineRecord(folder, 'mail/me').read(), offline);
  t.same([...(await createOfflineRecord(folder, 'mail').read())], []);
  t.same(readdirSync(join(folder, 'notify')), ['mail%2Fme.json'], 'no other file remains');
  t.equal(statSync(join(folder, 'notify')).mode & 0o777, 0o700);
  t.equal(statSync(join(folder, 'notify/mail%2Fme.json')).mode & 0o777, 0o600);
});

t.test('an invalid file is ignored, and so are entries that are not times', async (t) => {
  const folder = t.testdir({});
  const file = join(folder, 'notify/n.json');
  mkdirSync(join(folder, 'notify'));
  const read = async (text: string) => {
    writeFileSync(file, text);
    return [...(await createOfflineRecord(folder, 'n').read())];
  };

  for (const text of ['', '{"offline":{"a":1}', '7', 'null', '{}', '{"offline":7}', '{"offline":null}', '[]']) {
    t.same(await read(text), [], text);
  }
  t.same(await read('{"offline":{"a":1,"b":"2","c":null,"d":4}}'), [
    ['a', 1],
    ['d', 4],
  ]);
  const most = 4 * 2 ** 20;
  const record = '{"offline":{"a":1}}';
  t.same(await read(record.padEnd(most)), [['a', 1]]);
  t.same(await read(record.padEnd(most + 1)), [], 'a file that is too long is ignored');
  t.equal(readFileSync(file).length, most + 1);
});
