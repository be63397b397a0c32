// Host headers: their form, the name they contain, and the names of this machine or its network.

import t from 'tap';
import { hostName, isOwnName, isWellFormed } from '../../../../plugins/kit/http/hosts.ts';

t.test('a host is a name or an address with or without a port', (t) => {
  for (const host of [
    '',
    'cam',
    'cam.local:8080',
    '192.0.2.1:80',
    '[::1]',
    '[fe80::1%eth0]:81',
    'cam:',
    'a'.repeat(512),
  ]) {
    t.equal(isWellFormed(host), true, host);
  }
  for (const host of ['a b', 'cam:123456', 'cam:x', '[::1', '::1', 'a/b', 'a@b', 'a\nb', 'a'.repeat(513)]) {
    t.equal(isWellFormed(host), false, host);
  }
  t.end();
});

t.test('the name has no port, brackets, trailing dot or capital letters', (t) => {
  const names: readonly (readonly [string | undefined, string])[] = [
    ['Cam.Local:8080', 'cam.local'],
    ['[::1]:80', '::1'],
    ['[fe80::1]', 'fe80::1'],
    ['cam.', 'cam'],
    ['cam.:80', 'cam'],
    ['cam', 'cam'],
    ['[broken', '[broken'],
    ['broken]', 'broken]'],
    [undefined, ''],
  ];
  for (const [host, name] of names) t.equal(hostName(host), name, String(host));
  t.end();
});

t.test('a public domain name other than the configured one is not a name of this server', (t) => {
  for (const name of ['', '127.0.0.1', '::1', 'cam', 'cam.local', 'a.home.arpa', 'x.test', 'printer.example.org']) {
    t.equal(isOwnName(name, 'Printer.example.org'), true, name);
  }
  for (const name of ['example.org', 'evil.printer.example.org', 'local.example.org', 'mylocal.org', '1.2.3.4.5']) {
    t.equal(isOwnName(name, 'printer.example.org'), false, name);
  }
  t.end();
});
