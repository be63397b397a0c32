// A 3D printer's camera: pictures to Prusa Connect, and a stream with a read-only Moonraker for phones.

import type { Kind } from '../kind.ts';
import { cameraNodes, latest } from '../pieces.ts';

export const printer: Kind = {
  name: 'printer',
  title: 'the camera of a 3D printer: Prusa Connect, and a read-only Moonraker for phones',
  cameras: 'any',
  port: 7126,
  url: { question: "Moonraker's URL", fallback: 'http://127.0.0.1:7125', schemes: ['http:', 'https:'] },
  secrets: [
    { name: 'PC_TOKEN', what: 'the token of an "other camera" in Prusa Connect' },
    { name: 'PC_FINGERPRINT', what: 'from "camd fingerprint"; create it once and keep it' },
  ],
  write: ({ cameras, listen, url }) => [
    'pipeline:',
    ...cameraNodes(cameras),
    '',
    latest(cameras, '15s'),
    '',
    '  # The server for the network: it is read-only, and viewers need no login.',
    '  lan:',
    '    use: http/server',
    `    listen: '${listen}'`,
    '    methods: [GET, HEAD]',
    "    auth: { public: ['/*'] }",
    '  viewer:   { use: http/viewer,   on: lan, from: latest }',
    "  snapshot: { use: http/snapshot, on: lan, from: latest, path: '/{camera}/snapshot.jpg', offline: last }",
    "  stream:   { use: http/stream,   on: lan, from: latest, path: '/{camera}/stream.mjpg' }",
    '  webcam:   { use: http/webcam,   on: lan, from: latest, path: /webcam, offline: last }',
    `  moonraker: { use: http/moonraker-readonly, on: lan, moonraker: '${url}' }`,
    '',
    ...(cameras.length > 0 ? cameras.map(({ id }) => id) : ['camera'])
      .slice(0, 1)
      .flatMap((id) => [
        '  prusa:',
        '    use: upload/prusa-connect',
        '    from: latest',
        `    camera: ${id}`,
        '    every: 10s',
        `    token: '\${env:PC_TOKEN}'                 # under systemd: \${cred:prusa_token}`,
        `    fingerprint: '\${env:PC_FINGERPRINT}'     # under systemd: \${cred:prusa_fingerprint}`,
      ]),
  ],
};
