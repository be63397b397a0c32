// Reads the environment of the camera server (CAMERA_TOKEN_SECRET, DATABASE_URL), as a file or in a compose file.

import type { Format } from '../format.ts';
import { readEnv } from '../text/ini.ts';

export const cameraServer: Format = {
  name: 'camera-server',
  files: 'the environment of the camera server (CAMERA_TOKEN_SECRET, DATABASE_URL)',
  advice: [
    'Stop the old server; cameras, their script and the front end do not change. docs/camera-server.md explains the differences.',
    'Set FRONT_END to the origin of the front end, such as https://front.example.',
  ],
  recognise: ({ text }) => /\bCAMERA_TOKEN_SECRET\b/.test(text),
  read([source], draft) {
    const values = readEnv(source?.text ?? '');
    const secret = draft.secret('CAMERA_TOKEN_SECRET', "the secret of the cameras' tokens, as before");
    const url = values.has('DATABASE_URL')
      ? draft.secret('DATABASE_URL', 'the URL of the PostgreSQL with the table "camera", as before')
      : 'sqlite:cameras.db';
    if (!values.has('DATABASE_URL'))
      draft.note('there is no DATABASE_URL: the cameras are in the new file cameras.db; "camd clients add" adds them');
    const table = {
      table: 'camera',
      column: 'id',
      facts: ['name', 'description', 'last_active'],
      last_active: 'last_active',
    };
    draft.node('cameras', 'registry/sql', { url, ...table, token: 'derived', secret });
    const port = /:(\d{2,5})\b/.exec(values.get('ASPNETCORE_URLS') ?? '')?.[1] ?? values.get('PORT') ?? '8080';
    draft.node('web', 'http/server', {
      listen: `127.0.0.1:${/^\d{1,5}$/.test(port) ? port : '8080'}`,
      also_under: ['/camera'],
      trusted_proxies: ['127.0.0.1', '::1'],
      cors: { origins: ['${env:FRONT_END:-http://localhost:3000}'] },
    });
    draft.node('push', 'source/websocket', { on: 'web', only: 'cameras', path: '/video-input-stream' });
    draft.node('post', 'source/http', { on: 'web', only: 'cameras', path: '/update-image', dialect: 'camera-server' });
    draft.node('latest', 'cache/latest', { from: ['push', 'post'], stale_after: '1m' });
    draft.node(
      'live',
      'http/websocket',
      { on: 'web', from: 'latest', only: 'cameras', viewers: 'anyone', control: 'token', origins: ['*'] },
      "The front end sends a fake token, so anyone may watch; moves require the camera's own token.",
    );
    draft.node('events', 'http/events', { on: 'web', from: 'latest', only: 'cameras', path: '/stream-image' });
    draft.node('list', 'http/list', { on: 'web', from: 'latest', only: 'cameras', path: '/list' });
    draft.node('more', 'http/camera-server', { on: 'web', from: 'latest', only: 'cameras', control: 'token' });
  },
};
