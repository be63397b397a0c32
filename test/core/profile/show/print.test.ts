// The resolved profile: only what is set stands at its top, and units are written as they are read.

import t from 'tap';
import { maskedProfile } from '../../../../core/profile/show/print.ts';
import { readText } from '../../../support/reading.ts';

async function printed(nodes: string, top = ''): Promise<Record<string, unknown>> {
  const { profile, catalog } = await readText(`camd: 1\n${top}pipeline:\n  ${nodes}\n`);
  if (!profile) throw new Error('the profile is good');
  return maskedProfile(profile, catalog);
}

t.test('keys that are not set are left out', async (t) => {
  t.same(Object.keys(await printed('web: { use: http/front }')), ['camd', 'log', 'pipeline']);

  const all = await printed(
    'web: { use: http/front }',
    'watch: true\ncontrol: /run/x.sock\ncameras: { door: Front door }\nlog: { level: warn }\n',
  );

  t.match(all, {
    camd: 1,
    watch: true,
    control: '/run/x.sock',
    cameras: { door: 'Front door' },
    log: { level: 'warn', format: 'auto' },
  });
  t.notOk('cameras' in (await printed('web: { use: http/front }', 'cameras: {}\n')));
  t.notOk('watch' in (await printed('web: { use: http/front }', 'watch: false\n')));
  t.equal((await printed('web: { use: http/front }', 'control: false\n')).control, false);
});

t.test('a node with what is in its lists and maps, secrets of all kinds masked', async (t) => {
  const { pipeline } = await printed(
    'web: { use: http/front, users: [{ name: ann, password: hunter22 }, { name: bob }], tls: { key: k } }',
  );

  t.same(pipeline, {
    web: {
      use: 'http/front',
      users: [{ name: 'ann', password: '***' }, { name: 'bob' }],
      tls: { key: 'k' },
      listen: '127.0.0.1:8080',
    },
  });
});

t.test('a secret is masked in other options, and a short one only in its own', async (t) => {
  const { pipeline } = await printed(
    'cam: { use: source/feed, connect: "a:1", token: long-secret, argv: ["x long-secret y", "$${z}", plain] }',
  );

  t.match(pipeline, { cam: { token: '***', argv: ['x *** y', '$${z}', 'plain'], timeout: '5s' } });
});
