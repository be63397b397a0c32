// mjpg-streamer with its HTTP input, which reads the multipart stream of another mjpg-streamer.

import { freePort } from '../programs.ts';
import { startCommand } from './command.ts';
import type { Peer } from './peer.ts';

export const mjpgStreamer: Peer = {
  name: 'mjpg-streamer',
  program: 'mjpg_streamer',
  async start({ http }) {
    const port = await freePort();
    const input = `input_http.so -H 127.0.0.1 -p ${http}`;
    const output = `output_http.so -l 127.0.0.1 -p ${port}`;
    const started = await startCommand(['mjpg_streamer', '-i', input, '-o', output], port);
    const origin = `http://127.0.0.1:${port}`;
    return {
      name: 'mjpg-streamer',
      ...started,
      stream: `${origin}/?action=stream`,
      snapshot: `${origin}/?action=snapshot`,
    };
  },
};
