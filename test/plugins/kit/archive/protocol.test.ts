// The messages between edges and archive workers: a picture and its announcement are decoded, and receipts only use inboxes.

import t from 'tap';
import {
  announce,
  eventOf,
  pack,
  readAnnouncement,
  readObject,
  readOffer,
  readReceipt,
  SITE,
  siteOf,
  subjectOf,
  unpack,
} from '../../../../plugins/kit/archive/protocol.ts';
import { makeFrame } from '../../../../testing/index.ts';

t.test('a picture is decoded with its announcement, and one that has changed on the way is refused', (t) => {
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

t.test('the archive replies only to inboxes, not to a subject through which an edge would use its rights', (t) => {
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
    t.match(read(receipt), /not the subject of an inbox/, String(receipt));
  }
  t.end();
});

t.test('a head is read once it is complete, up to its maximum length', (t) => {
  const packed = (key: string): Buffer => pack(announce(makeFrame('front', 1, { key })), Buffer.alloc(0));
  const padded = (length: number): Buffer => {
    const { data } = makeFrame('front', 1);
    const head = JSON.stringify(announce(makeFrame('front', 1)));
    return Buffer.concat([Buffer.from(`${head.padEnd(length - 1)}\n`), data]);
  };

  t.type(unpack(padded(8192)), 'object');
  t.equal(unpack(padded(8193)), 'it has no head');
  t.equal(unpack(Buffer.alloc(0)), 'it has no head');
  t.equal(unpack(Buffer.from('\n')), 'its "camera" is not a camera id');
  t.match(unpack(packed('k')), /^it has 0 bytes instead of \d+$/);
  t.equal(unpack(Buffer.from('{"camera":"a"}\n')), 'its "key" is missing');
  t.end();
});

t.test('each field of an announcement is checked at its limits', (t) => {
  const read = (more: Readonly<Record<string, unknown>>) =>
    readAnnouncement(Buffer.from(JSON.stringify({ ...announce(makeFrame('front', 1)), ...more })));

  const right: readonly Readonly<Record<string, unknown>>[] = [
    { key: 'k'.repeat(512) },
    { time: 0 },
    { type: 'image/png' },
    { width: 1, height: 65_535 },
    { size: 1 },
    { size: Number.MAX_SAFE_INTEGER },
    { receipt: `_INBOX.${'a'.repeat(505)}` },
  ];
  for (const more of right) t.match(read(more), more, JSON.stringify(more).slice(0, 60));
  const wrong: readonly (readonly [Readonly<Record<string, unknown>>, string])[] = [
    [{ camera: '../x' }, 'its "camera" is not a camera id'],
    [{ camera: 7 }, 'its "camera" is not a camera id'],
    [{ key: 7 }, 'its "key" is missing'],
    [{ key: '' }, 'its "key" is missing'],
    [{ key: 'k'.repeat(513) }, 'its "key" is missing'],
    [{ time: -1 }, 'its "time" is not a time'],
    [{ time: '7' }, 'its "time" is not a time'],
    [{ time: null }, 'its "time" is not a time'],
    [{ type: 'image/gif' }, 'its "type" is not the type of a picture'],
    [{ width: 0 }, 'its size in pixels is missing'],
    [{ width: 1.5 }, 'its size in pixels is missing'],
    [{ height: 65_536 }, 'its size in pixels is missing'],
    [{ height: '7' }, 'its size in pixels is missing'],
    [{ size: 0 }, 'its size or its checksum is missing'],
    [{ md5: 7 }, 'its size or its checksum is missing'],
    [{ receipt: `_INBOX.${'a'.repeat(506)}` }, 'its "receipt" is not the subject of an inbox (_INBOX…)'],
  ];
  for (const [more, fault] of wrong) t.equal(read(more), fault, JSON.stringify(more).slice(0, 60));
  t.notOk('receipt' in announce(makeFrame('front', 1)));
  t.end();
});

t.test('an offer has a place for the picture; anything else is a receipt, a malformed one a refusal', (t) => {
  const bytes = (value: unknown): Buffer => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
  const unknown = { is: 'refused', why: 'The archive sent an answer that camd does not understand.', final: false };
  const offer = { id: 'i', url: 'http://a', headers: { a: 'b', c: 7 } };

  t.strictSame(readOffer(bytes(offer)), { id: 'i', url: 'http://a', headers: { a: 'b' } });
  for (const part of [{ id: 7 }, { url: 7 }, { headers: 'x' }, { headers: null }]) {
    t.strictSame(readOffer(bytes({ ...offer, ...part })), unknown, JSON.stringify(part));
  }
  t.strictSame(readOffer(bytes({ is: 'stored', id: 'i' })), { is: 'stored', id: 'i' });
  t.strictSame(readReceipt(bytes({ is: 'stored' })), unknown);
  t.strictSame(readReceipt(bytes({ is: 'refused', why: 'Too large.', final: true })), {
    is: 'refused',
    why: 'Too large.',
    final: true,
  });
  t.strictSame(readReceipt(bytes({ is: 'refused', why: 'Busy.', final: 'true' })), {
    is: 'refused',
    why: 'Busy.',
    final: false,
  });
  for (const odd of ['', '7', 'null', '"x"', '{']) {
    t.strictSame(readReceipt(bytes(odd)), unknown, odd);
    t.strictSame(readObject(bytes(odd)), {}, odd);
  }
  t.end();
});

t.test('subjects contain the site and the kind, and the site is decoded from them', (t) => {
  t.equal(subjectOf('camd.archive', 'shop-1', 'offer'), 'camd.archive.shop-1.offer');
  t.equal(siteOf('camd.archive', 'camd.archive.shop-1.offer'), 'shop-1');
  t.equal(siteOf('a', 'a'), '');
  t.equal(eventOf('camd.archive'), 'camd.archive-stored');
  for (const site of ['a', 'A_-9', 's'.repeat(64)]) t.match(site, SITE);
  for (const site of ['', 'a.b', 'a b', '*', 's'.repeat(65)]) t.notMatch(site, SITE);
  t.end();
});
