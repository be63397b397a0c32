// registry/list: cameras listed in the profile.

import t from 'tap';
import { cameraToken } from '../../../plugins/kit/ingest/camera-token.ts';
import { registryConformance } from '../../conformance/registry.ts';
import { dedent } from '../../support/dedent.ts';
import { run } from '../../support/harness.ts';

const profile = (cameras: string) => dedent`
  camd: 1
  pipeline:
    known:
      use: registry/list
      cameras: ${cameras}
`;

t.test('conforms, as a list', async (t) => {
  registryConformance(t, async (t) => ({
    registry: (await run(t, profile('[lobby, cafe]'))).port('known', 'registry'),
  }));
});

t.test('a map provides facts about each camera', async (t) => {
  const camd = await run(t, profile('{ lobby: { floor: 0, name: Lobby }, cafe: {} }'));

  t.same(await camd.port('known', 'registry').lookup('lobby'), { floor: 0, name: 'Lobby' });
  t.same(await camd.port('known', 'registry').lookup('cafe'), {});
});

t.test('it verifies stored, derived and HMAC tokens', async (t) => {
  const secret = 'some secret';
  const stored = await run(t, profile('[lobby, cafe]\n      tokens: { lobby: a-token-of-its-own-1 }'));
  const made = await Promise.all(
    (['derived', 'hmac'] as const).map(async (form) => ({
      form,
      camd: await run(t, profile(`['7']\n      token: ${form}\n      secret: '${secret}'`)),
    })),
  );

  const registry = stored.port('known', 'registry');
  t.equal(await registry.verify('lobby', 'a-token-of-its-own-1'), 'ok');
  t.equal(await registry.verify('lobby', 'a-token-of-its-own-2'), 'wrong');
  t.equal(await registry.verify('cafe', ''), 'wrong', 'a camera without a token is always refused');
  t.equal(await registry.verify('hall', 'a-token-of-its-own-1'), 'unknown');
  for (const { form, camd } of made) {
    t.equal(await camd.port('known', 'registry').verify('7', cameraToken(form, '7', secret)), 'ok');
    t.equal(await camd.port('known', 'registry').verify('7', cameraToken(form, '8', secret)), 'wrong');
    t.equal(
      camd.lines.some(({ level, msg }) => level === 'warn' && /weak/.test(msg)),
      form === 'derived',
    );
    t.notMatch(JSON.stringify(camd.lines), new RegExp(secret));
  }
});

t.test('it refuses a token of an unlisted camera, and tokens that require a missing secret', async (t) => {
  for (const [rest, why] of [
    ['[a]\n      tokens: { b: a-token-of-its-own-1 }', /"b" is not a camera of this registry/],
    ['[a]\n      token: hmac', /"secret"/],
  ] as const) {
    await t.rejects(run(t, profile(rest)), why);
  }
});

t.test('pages join without a gap, also after a removed camera', async (t) => {
  const camd = await run(t, 'camd: 1\npipeline:\n  known: { use: registry/list, cameras: [a, b, d, e] }\n');
  const registry = camd.port('known', 'registry');

  t.same(await registry.list({ limit: 2 }), ['a', 'b']);
  t.same(await registry.list({ limit: 2, after: 'b' }), ['d', 'e']);
  t.same(await registry.list({ limit: 2, after: 'c' }), ['d', 'e']);
  t.same(await registry.list({ limit: 2, after: 'e' }), []);
});
