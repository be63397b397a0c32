// Reads the environment file of the Prusa Connect snapshot uploader: the feed, the two servers and the upload.

import type { Format } from '../format.ts';
import { readEnv } from '../text/ini.ts';

export const prusaBridge: Format = {
  name: 'prusa-bridge',
  files: 'the environment file of the Prusa Connect uploader (PC_TOKEN, PC_FINGERPRINT)',
  advice: [
    'Stop the uploader, the HTTP server and the nginx site of the bridge; the service that runs rpicam-vid stays.',
    'Keep the environment file: camd reads PC_TOKEN and PC_FINGERPRINT from the same variables. docs/prusa-connect.md explains the rest.',
  ],
  recognise: ({ text }) => /^\s*(export\s+)?PC_(TOKEN|FINGERPRINT)\s*=/m.test(text),
  read([source], draft) {
    const values = readEnv(source?.text ?? '');
    const seconds = Number(values.get('INTERVAL_SECONDS') ?? 10);
    const every = Number.isFinite(seconds) && seconds >= 5 && seconds <= 86_400 ? `${seconds}s` : '10s';
    if (!(seconds >= 5)) draft.note('INTERVAL_SECONDS is under 5, the shortest interval; 10s was used instead');
    const url = values.get('SNAP_URL') ?? '';
    const local = /^https?:\/\/(127\.0\.0\.1|localhost)(:\d+)?\//.test(url) || url === '';
    if (local)
      draft.node(
        'camera',
        'source/tcp',
        { connect: '127.0.0.1:9000', parse: 'mjpeg' },
        'rpicam-vid with --listen -o tcp://127.0.0.1:9000, as before.',
      );
    else draft.node('camera', 'source/http-poll', { url: draft.text(url), every });
    draft.node('latest', 'cache/latest', { from: 'camera', stale_after: local ? '15s' : '60s' });
    draft.node(
      'local',
      'http/server',
      { listen: '127.0.0.1:8081' },
      'For this machine, at the addresses of the old HTTP server.',
    );
    draft.node('local-snapshot', 'http/snapshot', { on: 'local', from: 'latest', path: '/snapshot.jpg' });
    draft.node('local-stream', 'http/stream', { on: 'local', from: 'latest', path: '/stream.mjpg' });
    draft.node(
      'lan',
      'http/server',
      { listen: ':7126', methods: ['GET', 'HEAD'], auth: { public: ['/*'] } },
      'For the network, in place of nginx: it is read-only.',
    );
    draft.node('snapshot', 'http/snapshot', { on: 'lan', from: 'latest', path: '/snapshot.jpg' });
    draft.node('stream', 'http/stream', { on: 'lan', from: 'latest', path: '/stream.mjpg' });
    draft.node('webcam', 'http/webcam', { on: 'lan', from: 'latest', path: '/webcam' });
    draft.node('printer', 'http/moonraker-readonly', { on: 'lan', moonraker: 'http://127.0.0.1:7125' });
    const token = draft.secret('PC_TOKEN', 'the token of the camera in Prusa Connect, as before');
    const fingerprint = draft.secret(
      'PC_FINGERPRINT',
      'the fingerprint, as before: Prusa Connect identifies the camera by it',
    );
    draft.node('prusa', 'upload/prusa-connect', { from: 'latest', every, token, fingerprint });
  },
};
