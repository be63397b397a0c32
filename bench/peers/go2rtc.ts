// go2rtc with one stream of bare JPEGs over TCP, without its RTSP and WebRTC servers.

import { freePort } from '../programs.ts';
import { startCommand } from './command.ts';
import type { Peer } from './peer.ts';

export const go2rtc: Peer = {
  name: 'go2rtc',
  program: 'go2rtc',
  async start({ raw }) {
    const port = await freePort();
    const config = {
      api: { listen: `127.0.0.1:${port}` },
      rtsp: { listen: '' },
      webrtc: { listen: '' },
      streams: { cam: `tcp://127.0.0.1:${raw}` },
    };
    const started = await startCommand(['go2rtc', '-config', JSON.stringify(config)], port);
    const origin = `http://127.0.0.1:${port}`;
    return {
      name: 'go2rtc',
      ...started,
      stream: `${origin}/api/stream.mjpeg?src=cam`,
      snapshot: `${origin}/api/frame.jpeg?src=cam`,
    };
  },
};
