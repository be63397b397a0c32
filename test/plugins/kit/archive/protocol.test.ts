// The messages between edges and archive workers: a picture and its announcement come back, and receipts go to inboxes alone.

import t from 'tap';
import { announce, pack, readAnnouncement, unpack } from '../../../../plugins/kit/archive/protocol.ts';
import { makeFrame } from '../../../../testing/index.ts';

t.test('a picture comes back with its announcement, and one that has changed on the way does not', (t) => {
  const frame = makeFrame('front', 1);
  const bytes = pack(announce(frame, '_INBOX.shop.a.1'), frame.data);
  const found = unpack(bytes);
  const spoilt = Buffer.from(bytes);
  spoilt[spoilt.length - 3] = (spoilt[spoilt.length - 3] ?? 0) ^ 1;

  t.ok(typeof found === 'object' && found.data.equals(frame.data));
  t.match(found, { announcement: { camera: 'front', key: frame.key, receipt: '_INBOX.shop.a.1' } });
  t.equal(unpack(spoilt), 'its checksum differs');
  t.match(unpack(bytes.subarray(0, -1)), /bytes instead of/);
  t.end();
});

t.test('the archive answers to inboxes alone, not to a subject with which an edge would borrow its rights', (t) => {
  const read = (receipt: unknown) =>
    readAnnouncement(Buffer.from(JSON.stringify({ ...announce(makeFrame('front', 1)), receipt })));

  for (const receipt of ['_INBOX.a.1', '_INBOX.shop=2E8.a.1', '_INBOX_shop.a.1']) t.match(read(receipt), { receipt });
  for (const receipt of [
    ...['$JS.API.STREAM.PURGE.PICTURES', 'camd.archive-stored', 'camd.archive.site-2.stored', '_INBOX', '_INBOX.'],
    ...[
      '_INBOX.>',
      '_INBOX.*.a',
      '_INBOX..a',
      '_INBOX.a b',
      '_INBOX.a\r\nPUB b 0',
      `_INBOX.${'a'.repeat(600)}`,
      '',
      7,
      null,
    ],
  ]) {
    t.match(read(receipt), /no subject of an inbox/, String(receipt));
  }
  t.end();
});
