// The page for a path that is not served: links to the pages that its reader may see, and no others.

import { createHash } from 'node:crypto';
import t from 'tap';
import { dedent } from '../../../support/dedent.ts';
import { run } from '../../../support/harness.ts';

const READER = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
const USER = { authorization: `Basic ${Buffer.from('ann:secret').toString('base64')}` };

t.test(
  'a browser gets links to pages and cameras, a program JSON, and a stranger nothing about protected pages',
  async (t) => {
    const camd = await run(
      t,
      dedent`
      camd: 1
      cameras: { front: "Front <door>" }
      pipeline:
        front: { use: source/test-pattern, size: 160x90, fps: 1 }
        latest: { use: cache/latest, from: front }
        disk: { use: store/disk, path: pictures, min_free: 0B }
        web: { use: http/server, listen: 127.0.0.1:0, auth: { basic: { users: { ann: secret } }, public: [/live, /live/*, /x/*] } }
        viewer: { use: http/viewer, on: web, from: latest, path: /live, title: Live }
        history: { use: http/history, on: web, from: disk, path: /days }
        snapshot: { use: http/snapshot, on: web, from: latest, path: "/x/{camera}/snapshot.jpg" }
    `,
    );
    const { origin } = camd.port('web', 'server');
    const get = (path: string, headers: Record<string, string>) => fetch(`${origin}${path}`, { headers });

    const stranger = await get('/x/y/z', READER);
    t.equal(stranger.status, 404);
    t.match(stranger.headers.get('content-type'), 'text/html');
    t.match(stranger.headers.get('content-security-policy'), "default-src 'none'");
    const seen = await stranger.text();
    const style = /<style>(.*?)<\/style>/s.exec(seen)?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    t.match(stranger.headers.get('content-security-policy'), `style-src 'sha256-${hash}'`);
    t.match(style, 'prefers-color-scheme:dark');
    t.match(seen, '<a href="../../live">Live</a>');
    t.notMatch(seen, 'days', 'the history is for users');
    t.notMatch(seen, 'front', 'the cameras are not disclosed');
    t.match(await (await get('/x/y/z', { ...READER, ...USER })).text(), '<a href="../../days">History</a>');

    const german = await get('/live/nobody', { ...READER, 'accept-language': 'de-CH,de;q=0.9' });
    t.equal(german.status, 404);
    const page = await german.text();
    t.match(page, 'lang="de"');
    t.match(page, 'Eine Kamera „nobody“ gibt es nicht');
    t.match(page, '<a href="./front">Front &#60;door&#62;</a>');
    t.match(await (await get('/x/nobody/snapshot.jpg', READER)).text(), 'Pages of this server');

    const program = await get('/x/y/z', { accept: '*/*' });
    t.match(await program.json(), { status: 404, error: 'nothing is served at this path' });
    t.equal(
      (await get('/live/nobody', { accept: 'application/json' })).headers.get('content-type'),
      'application/json; charset=utf-8',
    );
  },
);
