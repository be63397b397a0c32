// Claims: spellings of one address are one name, and what cannot be had twice.

import t from 'tap';
import { collide, normalClaim, normalRoute } from '../../../core/profile/check/claims.ts';

const nameOf = (address: string): string | undefined => normalClaim('address', address, '/profiles')?.name;

t.test('spellings of one address are one name', async (t) => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ['127.0.0.1:80', '127.0.0.1:80'],
    ['localhost:80', '127.0.0.1:80'],
    ['LocalHost:80', '127.0.0.1:80'],
    [':80', '*:80'],
    ['[::]:80', '*:80'],
    ['[0:0:0:0:0:0:0:0]:80', '*:80'],
    ['0.0.0.0:80', '0.0.0.0:80'],
    ['[::ffff:192.0.2.1]:80', '192.0.2.1:80'],
    ['[2001:DB8:0::1]:80', '[2001:db8::1]:80'],
    ['127.0.0.1:0', undefined],
    ['no address', undefined],
    ['unix:run/camd.sock', '/profiles/run/camd.sock'],
  ];

  for (const [address, name] of cases) t.equal(nameOf(address), name, address);
  t.same(normalClaim('address', 'unix:/run/x.sock', '/'), { kind: 'socket', name: '/run/x.sock' });
  t.same(normalClaim('client-id', 'camd', '/'), { kind: 'client-id', name: 'camd' });
});

t.test('a port on every interface collides with the same port on one of them, and with no other', async (t) => {
  const both = (one: string, two: string): boolean => {
    const [a, b] = [normalClaim('address', one, '/'), normalClaim('address', two, '/')];
    if (!a || !b) throw new Error(`${one} and ${two} are addresses`);
    t.equal(collide(a, b), collide(b, a), `${one} and ${two}, either way round`);
    return collide(a, b);
  };

  t.equal(both('127.0.0.1:80', 'localhost:80'), true);
  t.equal(both(':80', '127.0.0.1:80'), true);
  t.equal(both(':80', '[2001:db8::1]:80'), true);
  t.equal(both('0.0.0.0:80', '192.0.2.1:80'), true);
  t.equal(both('0.0.0.0:80', '[2001:db8::1]:80'), false);
  t.equal(both('127.0.0.1:80', '127.0.0.1:81'), false);
  t.equal(both(':80', '127.0.0.1:81'), false);
  t.equal(both('127.0.0.1:80', '192.0.2.1:80'), false);
  t.equal(collide({ kind: 'socket', name: '*:80' }, { kind: 'socket', name: '127.0.0.1:80' }), false);
  t.equal(collide({ kind: 'client-id', name: 'x' }, { kind: 'socket', name: 'x' }), false);
});

t.test('routes that differ in the names of their parameters only are one route', async (t) => {
  t.equal(normalRoute('/x/{camera}.jpg'), normalRoute('/x/{name}.jpg'));
  t.equal(normalRoute('/x/{path*}'), '/x/{*}');
  t.not(normalRoute('/x/{camera}'), normalRoute('/x/{camera*}'));
});
