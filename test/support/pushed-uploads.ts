// A source/http and an upload/http after it: each pushed picture is uploaded.

import { dedent } from './dedent.ts';
import { freePort } from './free-port.ts';
import { type Ending, run } from './harness.ts';
import { sampleJpeg } from './jpeg.ts';

const JPEG = sampleJpeg({ width: 128, height: 96 });

/** Returns the running camd, and a function that pushes a picture over HTTP. */
export async function startPushing(t: Ending, options: string) {
  const port = await freePort();
  const camd = await run(
    t,
    dedent`
      camd: 1
      pipeline:
        web: { use: http/server, listen: "127.0.0.1:${port}" }
        in: { use: source/http, on: web, path: "/in/{camera}", anyone: true }
        up: { use: upload/http, from: in, send: every, ${options} }
    `,
  );
  const push = (camera: string) =>
    fetch(`http://127.0.0.1:${port}/in/${camera}`, {
      method: 'POST',
      headers: { 'content-type': 'image/jpeg' },
      body: new Uint8Array(JPEG),
    });
  return { camd, push };
}
