// notify/ntfy: messages to a topic. The server answers as ntfy does.

import t from 'tap';
import { fakeServer } from '../../../testing/server.ts';
import { silentCamera } from '../../support/silent-camera.ts';

const COMMON = ['after: 1m', 'back_after: 0s', 'timeout: 5m'];
const json = (body: Buffer | undefined): unknown => JSON.parse(body?.toString() ?? '');

t.test('ntfy: a message to the topic, urgent when a camera is offline', async (t) => {
  const { origin, requests } = await fakeServer(t, () => ({}));
  const { camd, silent, sending } = await silentCamera(t, {
    lines: ['use: notify/ntfy', `url: ${origin}`, 'topic: cameras-7f3b91', 'token: tk_0123456789', ...COMMON],
  });

  await silent(() => requests.length === 1, 'the message');
  await sending(() => requests.length === 2, 'the second message');

  const [offline, back] = requests;
  t.match(offline, { method: 'POST', url: '/', headers: { authorization: 'Bearer tk_0123456789' } });
  t.match(json(offline?.body), {
    topic: 'cameras-7f3b91',
    title: 'Camera lobby is offline',
    message: /^lobby has sent no picture since/,
    priority: 4,
    tags: ['warning'],
  });
  t.match(json(back?.body), { title: 'Camera lobby is back', priority: 3, tags: ['white_check_mark'] });
  t.notMatch(JSON.stringify(camd.lines), /cameras-7f3b91|tk_0123456789/);
});
