// A certificate and its key: read together, and read again when their folders change.

import { once } from 'node:events';
import { mkdtempSync, renameSync, rmSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { readPair, watchPair } from '../../../../plugins/kit/http/certificate.ts';
import { authority } from '../../../support/authority.ts';
import { until } from '../../../support/until.ts';

function folder(t: Test): string {
  const made = mkdtempSync(join(tmpdir(), 'camd-pair-'));
  t.teardown(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

t.test('a pair is read completely; a missing or mismatched file is reported by name', async (t) => {
  const at = folder(t);
  const { cert, key } = authority(t);
  const other = authority(t);
  const [certFile, keyFile] = [join(at, 'cert.pem'), join(at, 'key.pem')];
  writeFileSync(certFile, cert);

  await t.rejects(readPair(certFile, keyFile), {
    code: 'unreadable-certificate',
    message: new RegExp(`^tls\\.key: ${keyFile} cannot be read: .*no such file`, 'i'),
  });
  writeFileSync(keyFile, other.key);
  await t.rejects(readPair(certFile, keyFile), {
    code: 'bad-certificate',
    message: new RegExp(`^${certFile} and ${keyFile} do not match: `),
  });
  writeFileSync(keyFile, key);
  t.same(await readPair(certFile, keyFile), { cert, key });
  await t.rejects(readPair(join(at, 'none'), keyFile), { message: /^tls\.cert: / });
});

t.test('a change in either folder is reported once it has settled, until watching ends', async (t) => {
  const [one, two] = [folder(t), folder(t)];
  const [certFile, keyFile] = [join(one, 'cert.pem'), join(two, 'key.pem')];
  let changes = 0;
  const stop = watchPair(certFile, keyFile, () => changes++);
  t.teardown(stop);

  writeFileSync(join(one, 'new.pem'), 'a');
  renameSync(join(one, 'new.pem'), certFile);
  writeFileSync(keyFile, 'b');
  await until(() => changes > 0, 'the change of both');
  t.equal(changes, 1, 'several changes at once are reported once');
  writeFileSync(keyFile, 'c');
  await until(() => changes > 1, 'a later change in the second folder');
  writeFileSync(certFile, 'd');
  await until(() => changes > 2, 'a later change in the first folder');

  // The second watcher is notified later than the first would be.
  let later = 0;
  t.teardown(watchPair(certFile, keyFile, () => later++));
  const seen = watch(two);
  t.teardown(() => seen.close());
  writeFileSync(keyFile, 'e');
  await once(seen, 'change');
  stop();
  await until(() => later > 0, 'the change at the remaining watcher');
  t.equal(changes, 3, 'a change that had not settled is not reported');
  writeFileSync(certFile, 'f');
  await until(() => later > 1, 'another change');
  t.equal(changes, 3);
});
