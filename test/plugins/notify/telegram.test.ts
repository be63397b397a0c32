// notify/telegram: messages and the handling of answers. The server answers as the Bot API does.

import t from 'tap';
import { fakeServer } from '../../../testing/server.ts';
import { silentCamera } from '../../support/silent-camera.ts';

const COMMON = ['after: 1m', 'back_after: 0s', 'timeout: 5m'];
const json = (body: Buffer | undefined): unknown => JSON.parse(body?.toString() ?? '');

t.test(
  'Telegram: a message to the chat; retry_after is respected; a wrong token is reported without the token',
  async (t) => {
    const answers = [
      {
        status: 429,
        body: '{"ok":false,"error_code":429,"description":"Too Many Requests","parameters":{"retry_after":60}}',
      },
      { status: 200, body: '{"ok":true}' },
      { status: 404, body: '{"ok":false,"error_code":404,"description":"Not Found"}' },
      { status: 400, body: '{"ok":false,"error_code":400,"description":"Bad Request: chat not found"}' },
    ];
    const { origin, requests } = await fakeServer(t, () => answers.shift() ?? { body: '{"ok":true}' });
    const { camd, silent, sending } = await silentCamera(t, {
      lines: ['use: notify/telegram', `url: ${origin}`, 'token: "123456:ABC-secret_part"', 'chat: "-1001"', ...COMMON],
    });
    const count = (name: string) => camd.status('alarm').metrics[name] ?? 0;
    const why = () => JSON.stringify(camd.status('alarm').state);
    const seen: string[] = [];

    await silent(() => count('sent_total') === 1, 'the message');
    await sending(() => {
      seen.push(why());
      return count('sent_total') === 2;
    }, 'the second message');

    t.match(requests[0], { method: 'POST', url: '/bot123456:ABC-secret_part/sendMessage' });
    t.match(json(requests[0]?.body), {
      chat_id: '-1001',
      text: /^Camera lobby is offline\n/,
      disable_notification: false,
    });
    t.match(json(requests.at(-1)?.body), { disable_notification: true });
    t.ok(seen.some((reason) => /does not know this bot \(404\): check \\"token\\"/.test(reason)));
    t.ok(seen.some((reason) => /chat not found.*check \\"chat\\"/.test(reason)));
    t.equal(requests.length, 5);
    t.notMatch(JSON.stringify([camd.lines, seen]), /ABC-secret_part/);
  },
);
