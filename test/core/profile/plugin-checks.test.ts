// Checks of plugins report problems when the profile is read, at the option, before any node starts.

import t from 'tap';
import type { Catalog } from '../../../core/catalog/catalog.ts';
import type { NodePlugin } from '../../../core/contract/plugin.ts';
import { builtinCatalog } from '../../support/catalog.ts';
import { dedent } from '../../support/dedent.ts';
import { found, readText, testCatalog } from '../../support/reading.ts';

t.test('one run names all profiles that can never start, each at its option', async (t) => {
  const reading = await readText(
    dedent`
      camd: 1
      pipeline:
        broker: { use: mqtt/client, url: 'mqtt://127.0.0.1', session: persistent }
        web: { use: http/server }
        push: { use: source/http, on: web, path: '/p/{camera}', camera: lobby, anyone: true }
        open: { use: source/http, on: web, path: /open }
        names: { use: store/disk, from: [push, open], path: a, name: "{time}.{ext}" }
        times: { use: store/disk, from: [push, open], path: b, time_format: "%H%M" }
        keep: { use: retain/policy, into: names }
        send: { use: upload/http, from: push, url: 'https://{camera}.example.com/' }
    `,
    { catalog: builtinCatalog() },
  );

  t.same(found(reading), [
    'missing-option main.yaml:3:65+10',
    'wrong-value main.yaml:5:67+5',
    'missing-option main.yaml:6:33+3',
    'wrong-value main.yaml:7:64+14',
    'wrong-value main.yaml:8:71+6',
    'missing-option main.yaml:9:3+4',
    'wrong-value main.yaml:10:46+31',
  ]);
  t.equal(reading.profile, undefined);
});

t.test('a server with credentials, a token or "anyone: true" closes the door', async (t) => {
  const reading = await readText(
    dedent`
      camd: 1
      pipeline:
        open: { use: http/server }
        closed:
          use: http/server
          listen: 127.0.0.1:8081
          auth: { bearer: { tokens: ['0123456789abcdef'] } }
        a: { use: source/http, on: closed, path: /a }
        b: { use: source/http, on: open, path: /b, token: 0123456789abcdef }
        c: { use: source/http, on: open, path: /c, anyone: true }
        cache: { use: cache/latest, from: [a, b, c] }
        page: { use: http/snapshot, on: open, from: cache, path: '/{camera}' }
    `,
    { catalog: builtinCatalog() },
  );

  t.same(found(reading), []);
});

t.test('tokens without a registry or a secret, and a control that cannot hold, are found in the file', async (t) => {
  const reading = await readText(
    dedent`
      camd: 1
      pipeline:
        web: { use: http/server }
        weak: { use: registry/list, cameras: [a], token: hmac }
        strange: { use: registry/list, cameras: [a], tokens: { b: 0123456789abcdef } }
        push: { use: source/websocket, on: web, only: weak, handshake: bearer }
        latest: { use: cache/latest, from: push }
        live: { use: http/websocket, on: web, from: latest, viewers: token }
        more: { use: http/camera-server, on: web, from: latest, control: token }
        loose: { use: http/websocket, on: web, from: latest, path: /b, viewers: anyone, control: server }
        sound: { use: http/websocket, on: web, from: latest, path: /c, only: strange, viewers: token, control: token }
    `,
    { catalog: builtinCatalog() },
  );

  t.same(found(reading), [
    'missing-option main.yaml:4:52+4',
    'unknown-option main.yaml:5:48+6',
    'wrong-value main.yaml:6:3+4',
    'missing-option main.yaml:8:64+5',
    'missing-option main.yaml:9:68+5',
    'wrong-value main.yaml:10:92+6',
  ]);
});

const checking = (check: NonNullable<NodePlugin['check']>): Catalog => ({
  ...testCatalog(),
  node: async () => ({ check, start: () => {} }),
});
const ONE = dedent`
  camd: 1
  pipeline:
    cam: { use: source/feed, connect: 'a:1' }
    web: { use: http/front }
`;

t.test('a check that throws is a problem of its node, and the other nodes are checked', async (t) => {
  const catalog = checking((_options, { id }) => {
    if (id === 'cam') throw new Error('broken');
    return [{ option: 'tls.cert', code: 'advice', message: 'Look at this.' }];
  });

  const reading = await readText(ONE, { catalog });

  t.same(found(reading), ['bad-plugin main.yaml:3:3+3']);
  t.same(found(reading, 'warning'), ['advice main.yaml:4:3+3']);
});

t.test('a finding may be a warning, and the profile runs', async (t) => {
  const catalog = checking((_options, { id }) =>
    id === 'cam' ? [{ option: 'connect', code: 'wrong-value', message: 'Hm.', severity: 'warning' }] : [],
  );

  const reading = await readText(ONE, { catalog });

  t.ok(found(reading, 'warning').includes('wrong-value main.yaml:3:37+5'));
  t.ok(reading.profile);
});

t.test('a node with errors of its own is not checked, nor seen by those that refer to it', async (t) => {
  const seen: unknown[] = [];
  const catalog = checking((_options, view) => {
    seen.push([view.id, view.optionsOf('on'), view.provides('on')]);
    return [];
  });

  await readText(
    dedent`
      camd: 1
      pipeline:
        web: { use: http/front, listne: x }
        cam: { use: source/feed, connect: 'a:1' }
        stills: { use: cache/keep, from: cam }
        page: { use: http/page, on: web, from: stills, path: /a }
    `,
    { catalog },
  );

  t.same(
    seen.find((one) => Array.isArray(one) && one[0] === 'page'),
    ['page', undefined, ['server']],
  );
  t.notOk(seen.some((one) => Array.isArray(one) && one[0] === 'web'));
});

t.test('no message of a check shows a secret', async (t) => {
  const catalog = checking((options) =>
    'token' in options ? [{ option: 'token', code: 'wrong-value', message: `Bad: ${options.token}` }] : [],
  );

  const reading = await readText(
    dedent`
      camd: 1
      pipeline:
        cam: { use: source/feed, connect: 'a:1', token: 'hunter22' }
    `,
    { catalog },
  );

  t.match(reading.problems, [{ message: 'Bad: ***' }]);
  t.notMatch(JSON.stringify(reading.problems), 'hunter22');
});
