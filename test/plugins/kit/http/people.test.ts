// Users with passwords: their roles and cameras, and the comparison of their rights.

import t from 'tap';
import type { Person, Role } from '../../../../core/contract/plugin.ts';
import { coversPerson, mayDo, maySee, peopleOf, printOf } from '../../../../plugins/kit/http/people.ts';

const person = (role: Role, cameras?: readonly string[]): Person => ({
  user: role,
  role,
  cameras: cameras && new Set(cameras),
});

t.test('each role includes the rights of the roles before it, and no others', (t) => {
  const roles: readonly Role[] = ['look', 'operate', 'edit'];
  for (const [has, role] of roles.entries()) {
    for (const [needs, needed] of roles.entries()) t.equal(mayDo({ role }, needed), has >= needs, `${role}, ${needed}`);
  }
  t.end();
});

t.test('a user sees the listed cameras; without a list or without a user, all cameras are visible', (t) => {
  t.equal(maySee(undefined, 'gate'), true);
  t.equal(maySee(person('look'), 'gate'), true);
  t.equal(maySee(person('look', ['gate']), 'gate'), true);
  t.equal(maySee(person('edit', ['yard']), 'gate'), false);
  t.equal(maySee(person('edit', []), 'gate'), false);
  t.end();
});

t.test('rights cover others if they allow everything that those allow', (t) => {
  const cases: readonly (readonly [Person | undefined, Person | undefined, boolean])[] = [
    [undefined, undefined, true],
    [undefined, person('edit'), true],
    [person('edit'), undefined, false],
    [person('look'), person('look'), true],
    [person('look'), person('operate'), false],
    [person('operate'), person('look'), true],
    [person('look'), person('look', ['a']), true],
    [person('look', ['a']), person('look'), false],
    [person('look', ['a', 'b']), person('look', ['a']), true],
    [person('look', ['a']), person('look', ['a', 'b']), false],
    [person('look', ['a', 'b']), person('operate', ['a']), false],
  ];
  for (const [now, before, covers] of cases) t.equal(coversPerson(now, before), covers, JSON.stringify([now, before]));
  t.end();
});

t.test('users are found by name, each with a fingerprint of name and password', (t) => {
  const people = peopleOf({
    ann: { password: 'a:b', role: 'edit' },
    bob: { password: 'c', role: 'look', cameras: ['gate'] },
  });

  t.same(people.find('ann'), { user: 'ann', role: 'edit', cameras: undefined, print: printOf('ann', 'a:b') });
  t.same(people.find('bob')?.cameras, new Set(['gate']));
  t.equal(people.find('eve'), undefined);
  t.same(
    [...people].map(({ user }) => user),
    ['ann', 'bob'],
  );
  t.not(printOf('ann', 'x').toString('hex'), printOf('bob', 'x').toString('hex'));
  t.equal(printOf('ann', 'x').length, 32);
  t.end();
});
