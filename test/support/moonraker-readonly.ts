// http/moonraker-readonly in front of a fake Moonraker, and clients of its WebSocket.

import { once } from 'node:events';
import { WebSocket } from 'ws';
import { dedent } from './dedent.ts';
import { freePort } from './free-port.ts';
import { type Ending, run } from './harness.ts';
import { moonraker } from './moonraker.ts';

/** `options` are appended to the node's other options, such as ", printer: false". */
export async function moonrakerReadonly(t: Ending, options = '') {
  const printer = await moonraker(t);
  const port = await freePort();
  const camd = await run(
    t,
    dedent`
      camd: 1
      pipeline:
        lan: { use: http/server, listen: "127.0.0.1:${port}" }
        printer: { use: http/moonraker-readonly, on: lan, moonraker: "${printer.url}" ${options} }
    `,
    { env: { KEY: 'moonraker-key' } },
  );
  const open = async (headers: Record<string, string> = {}) => {
    const client = new WebSocket(`ws://127.0.0.1:${port}/websocket?token=abc`, { headers });
    t.teardown(() => client.terminate());
    const answers: unknown[] = [];
    client.on('message', (data) => answers.push(JSON.parse(String(data))));
    client.on('error', () => {});
    await once(client, 'open');
    return { client, answers };
  };
  return { printer, port, camd, open };
}
