// Permissions to control a camera, and sending of commands.

import t from 'tap';
import { environment, type Input, type Ref, type Registry } from '../../../../core/contract/plugin.ts';
import { checkControl, mayControl, sendCommand } from '../../../../plugins/kit/control/control.ts';

const STRANGER = { token: '', authenticated: false };
const HOLDER = { token: 'right', authenticated: false };
const registry = {
  id: 'cameras',
  current: () => ({
    verify: async (camera: string, token: string) => (camera === 'gate' && token === 'right' ? 'ok' : 'wrong'),
  }),
} as unknown as Ref<Registry>;

t.test('each policy permits only the clients that it names', async (t) => {
  const cases: readonly (readonly [Parameters<typeof mayControl>, boolean])[] = [
    [['anyone', 'gate', STRANGER, undefined], true],
    [['nobody', 'gate', { token: 'right', authenticated: true }, registry], false],
    [['server', 'gate', { token: '', authenticated: true }, undefined], true],
    [['server', 'gate', HOLDER, registry], false],
    [['token', 'gate', HOLDER, registry], true],
    [['token', 'yard', HOLDER, registry], false],
    [['token', 'gate', { token: 'other', authenticated: true }, registry], false],
    [['token', 'gate', { token: '', authenticated: true }, registry], false],
    [['token', 'gate', HOLDER, undefined], false],
  ];
  for (const [args, may] of cases) t.equal(await mayControl(...args), may, `${args[0]} ${JSON.stringify(args[2])}`);
  const away = { id: 'cameras', current: () => undefined } as unknown as Ref<Registry>;
  await t.rejects(mayControl('token', 'gate', HOLDER, away), { code: 'registry-down' });
  const open = { id: 'cameras', current: () => ({ verify: async () => 'ok' }) } as unknown as Ref<Registry>;
  t.equal(await mayControl('token', 'gate', STRANGER, open), false, 'an empty token is never valid');
});

t.test('tokens need a registry, and "server" needs a server with authentication', (t) => {
  const found = (options: Parameters<typeof checkControl>[0]) =>
    checkControl(options).map(({ option, code }) => `${option} ${code}`);

  t.same(found({ control: 'token' }), ['control missing-option']);
  t.same(found({ control: 'token', only: 'cameras' }), []);
  t.same(found({ control: 'nobody', viewers: 'token' }), ['viewers missing-option']);
  t.same(found({ control: 'nobody', viewers: 'token', only: 'cameras' }), []);
  t.match(checkControl({ control: 'token', viewers: 'token' }), [
    { option: 'control', message: /^control: with "token"/ },
  ]);
  t.same(found({ control: 'server' }), []);
  t.same(found({ control: 'server', viewers: 'server' }), []);
  t.same(found({ control: 'server', viewers: 'anyone' }), ['control wrong-value']);
  t.same(found({ control: 'server', viewers: 'token', only: 'cameras' }), ['control wrong-value']);
  t.same(found({ control: 'nobody' }), []);
  t.same(found({ control: 'anyone', viewers: 'anyone' }), []);
  t.end();
});

t.test('a command that the camera does not accept or cannot execute now returns false', async (t) => {
  const requests: unknown[] = [];
  const answering = (answer: () => unknown): Input =>
    ({
      ask: async (kind: string, camera: string, command: unknown, signal: AbortSignal) => {
        requests.push([kind, camera, command, signal.aborted]);
        return answer();
      },
    }) as unknown as Input;
  const fails = (cause: unknown) =>
    answering(() => {
      throw cause;
    });
  const command = { name: 'light' };

  t.equal(
    await sendCommand(
      answering(() => true),
      'gate',
      command,
    ),
    true,
  );
  t.equal(
    await sendCommand(
      answering(() => null),
      'gate',
      command,
    ),
    true,
    'any answer except false',
  );
  t.equal(
    await sendCommand(
      answering(() => false),
      'gate',
      command,
    ),
    false,
  );
  t.equal(await sendCommand(fails(environment('away', 'Away.')), 'gate', command), false);
  t.equal(await sendCommand(fails(new DOMException('late', 'TimeoutError')), 'gate', command), false);
  await t.rejects(sendCommand(fails(new TypeError('a bug')), 'gate', command), { message: 'a bug' });
  t.same(requests[0], ['command', 'gate', command, false]);
});
