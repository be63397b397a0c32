// http/snapshot over real sockets.

import t from 'tap';
import { site, snapshotPart } from '../../support/site.ts';

t.test('the newest picture is answered with its type, length, tag and capture time', async (t) => {
  const camd = await site(t, { snapshot: snapshotPart() });
  camd.shoot('old');
  const frame = camd.shoot('new');

  const response = await fetch(`${camd.origin()}/snapshot.jpg?bypassCache=17`);

  t.equal(response.status, 200);
  t.equal(await response.text(), 'new');
  t.equal(response.headers.get('content-type'), 'image/jpeg');
  t.equal(response.headers.get('content-length'), '3');
  t.equal(response.headers.get('cache-control'), 'no-store');
  t.match(response.headers.get('etag'), /^"[\w-]+-camera-\d+"$/);
  t.equal(response.headers.get('x-timestamp'), (frame.time / 1000).toFixed(6));
  t.equal(response.headers.get('x-sequence'), String(frame.seq));
  t.equal(response.headers.get('server'), null);
});
