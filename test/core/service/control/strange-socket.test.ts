// Commands that ask the control socket of another program: nothing that it says reaches the terminal as a control character.

import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import t from 'tap';
import { camd, folderWith } from '../../../support/cli.ts';

const ESCAPES = '\u001b]0;owned\u0007\u009b2J';
const NODE = {
  id: `a${ESCAPES}`,
  use: ESCAPES,
  state: { is: 'failed', since: 0, why: ESCAPES },
  framesIn: 1,
  framesOut: 1,
  metrics: { [ESCAPES]: 1 },
  lastError: ESCAPES,
};
const ANSWERS = [
  { status: 500, body: ESCAPES },
  { status: 200, body: ESCAPES },
  { status: 200, body: JSON.stringify(ESCAPES) },
  { status: 200, body: JSON.stringify({ error: ESCAPES, [ESCAPES]: ESCAPES }) },
  {
    status: 200,
    body: JSON.stringify({ version: ESCAPES, profile: ESCAPES, pid: 1, nodes: [NODE], cameras: [{ id: ESCAPES }] }),
  },
];

for (const [at, { status, body }] of ANSWERS.entries()) {
  t.test(`answer ${at + 1} of a strange socket`, async (t) => {
    const folder = folderWith(t, {});
    const socket = join(folder, 's');
    const server = createServer((_request, response) => response.writeHead(status).end(body));
    server.listen(socket);
    await once(server, 'listening');
    t.teardown(() => void server.close());

    for (const argv of [['status'], ['status', '--json'], ['cameras'], ['reload'], ['tap', 'a']]) {
      const { out, err } = await camd([...argv, '--socket', socket], { cwd: folder });
      const controls = [...`${out}${err}`].filter((letter) => letter !== '\n' && /\p{Cc}/u.test(letter));
      t.same(controls, [], `camd ${argv.join(' ')}`);
    }
  });
}
