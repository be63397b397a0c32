// A server for cameras that push their pictures by WebSocket or HTTP.

import type { Kind } from '../kind.ts';

export const cameraServer: Kind = {
  name: 'camera-server',
  title: 'a server for cameras that push their pictures by WebSocket or HTTP',
  port: 8080,
  secrets: [
    {
      name: 'CAMERA_TOKEN_SECRET',
      what: 'the secret from which the tokens of the cameras are made; "camd token ID" prints one',
    },
  ],
  write: ({ listen }) => [
    'pipeline:',
    '  # The known cameras: "camd clients add 1 --config PROFILE" adds one.',
    '  cameras:',
    '    use: registry/sql',
    `    url: 'sqlite:\${env:STATE_DIRECTORY:-.}/cameras.db'`,
    '    table: camera',
    '    column: id',
    '    facts: [name, description, last_active]',
    '    last_active: last_active',
    '    token: derived',
    `    secret: '\${env:CAMERA_TOKEN_SECRET}'`,
    '',
    `  web: { use: http/server, listen: '${listen}', also_under: [/camera] }`,
    '  push: { use: source/websocket, on: web, only: cameras, path: /video-input-stream }',
    '  post: { use: source/http, on: web, only: cameras, path: /update-image, dialect: camera-server }',
    '  latest: { use: cache/latest, from: [push, post], stale_after: 1m }',
    '',
    '  live: { use: http/websocket, on: web, from: latest, only: cameras, viewers: anyone, control: token, origins: ["*"] }',
    '  events: { use: http/events, on: web, from: latest, only: cameras, path: /stream-image }',
    '  list: { use: http/list, on: web, from: latest, only: cameras, path: /list }',
    '  viewer: { use: http/viewer, on: web, from: latest }',
  ],
};
