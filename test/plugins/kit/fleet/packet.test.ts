// Messages of the camd protocol, byte by byte and field by field: valid ones, defaults, and malformed ones.

import t from 'tap';
import {
  decodePacket,
  encodePacket,
  encodeReply,
  helloOf,
  MAX_CAMERAS,
  MAX_HEAD,
  replyOf,
  requestOf,
} from '../../../../plugins/kit/fleet/packet.ts';
import { MAX_LEASE, type Reply, type Request } from '../../../../plugins/kit/fleet/protocol.ts';
import { createSubjects, edgeOfThumbnail, thumbnailSubject } from '../../../../plugins/kit/fleet/subjects.ts';

const NONE = Buffer.alloc(0);
const reply = (head: Readonly<Record<string, unknown>>, body = NONE): Reply | undefined => replyOf({ head, body });
const TEN_MINUTES = 600_000;

t.test('a packet is the length of its head in four bytes, the head, and the body', (t) => {
  t.equal(encodePacket({ a: 'ü' }).toString('latin1'), '\0\0\0\x0a{"a":"\xc3\xbc"}');
  t.equal(encodePacket({}, Buffer.from([1, 2])).toString('hex'), '000000027b7d0102');
  t.same(decodePacket(Buffer.from('000000027b7d0102', 'hex')), { head: {}, body: Buffer.from([1, 2]) });
  t.same(decodePacket(Buffer.from('000000027b7d', 'hex')), { head: {}, body: NONE });
  const picture = { camera: 'door', key: 'k', time: 5, type: 'image/jpeg', meta: {} } as const;
  t.equal(
    encodeReply({ is: 'picture', head: picture, data: Buffer.from('JPEG') }, { re: 7 }).toString('latin1', 4),
    '{"re":7,"is":"picture","camera":"door","key":"k","time":5,"type":"image/jpeg","meta":{}}JPEG',
  );
  t.equal(encodeReply({ is: 'nothing' }, { re: 7 }).toString('latin1', 4), '{"re":7,"is":"nothing"}');
  t.end();
});

t.test('bytes that are not a packet are rejected', (t) => {
  for (const text of [
    '',
    '00',
    '000000',
    '00000000',
    '000000007b7d',
    '000000027b',
    '00000001',
    '000000037b7d',
    '000000027b5d',
    '000000025b5d',
    '0000000131',
    '000000046e756c6c',
  ])
    t.equal(decodePacket(Buffer.from(text, 'hex')), undefined, text);

  const sized = (length: number): Buffer => encodePacket({ a: 'x'.repeat(length - 8) });
  t.equal(sized(MAX_HEAD).readUInt32BE(), 8 * 1024 * 1024);
  t.ok(decodePacket(sized(MAX_HEAD)));
  t.equal(decodePacket(sized(MAX_HEAD + 1)), undefined);
  t.end();
});

t.test('replies are decoded, and missing fields have defaults', (t) => {
  t.same(reply({ is: 'nothing', more: 1 }), { is: 'nothing' });
  t.same(reply({ is: 'probe', probe: 4 }), { is: 'probe', probe: 4 });
  t.same(reply({ is: 'probe', probe: '4' }), { is: 'probe', probe: 0 });
  t.same(reply({ is: 'fact', fact: { a: [1, null, 'b', true] } }), { is: 'fact', fact: { a: [1, null, 'b', true] } });
  t.same(reply({ is: 'fact' }), { is: 'fact', fact: null });
  t.same(reply({ is: 'fault', code: 'late', message: 'It is late.' }), {
    is: 'fault',
    code: 'late',
    message: 'It is late.',
  });
  t.same(reply({ is: 'fault', code: 5 }), { is: 'fault', code: 'failed', message: 'It failed.' });
  t.has(reply({ is: 'fault', code: 'x', message: 'y'.repeat(2049) }), { message: 'y'.repeat(2048) });
  t.equal(reply({ is: 'other' }), undefined);
  t.equal(reply({}), undefined);
  t.end();
});

t.test('a picture requires a camera, a time and a type', (t) => {
  const head = { is: 'picture', camera: 'door', key: 'k', time: 0, type: 'image/png', meta: { a: 1 } };
  const data = Buffer.from('PNG');
  const { is: _, ...rest } = head;
  t.same(reply(head, data), { is: 'picture', head: rest, data });
  t.same(reply({ ...head, key: 5, meta: [1] }, data), { is: 'picture', head: { ...rest, key: '', meta: {} }, data });
  for (const wrong of [
    { camera: '..' },
    { camera: 5 },
    { camera: undefined },
    { time: '0' },
    { type: 'image/gif' },
    { type: undefined },
  ])
    t.equal(reply({ ...head, ...wrong }, data), undefined, JSON.stringify(wrong));
  t.has(reply({ ...head, type: 'image/jpeg' }), { head: { type: 'image/jpeg' } });
  t.end();
});

t.test('a list keeps the cameras with an id, up to a limit', (t) => {
  const camera = { id: 'door', capture: true, command: true, small: true };
  t.same(
    reply({ is: 'list', revision: 0, cameras: [camera, null, 'x', [], { id: '../' }, { id: 'yard', capture: 1 }] }),
    {
      is: 'list',
      revision: 0,
      cameras: [camera, { id: 'yard', capture: false, command: false, small: false }],
    },
  );
  t.equal(reply({ is: 'list', cameras: [] }), undefined);
  t.equal(reply({ is: 'list', revision: 1, cameras: {} }), undefined);
  const many = Array.from({ length: MAX_CAMERAS + 1 }, (_, index) => ({ id: `c${index}` }));
  t.equal(MAX_CAMERAS, 10_000);
  const read = reply({ is: 'list', revision: 1, cameras: many });
  t.equal(read?.is === 'list' && read.cameras.length, MAX_CAMERAS);
  t.end();
});

t.test('requests are decoded unchanged', (t) => {
  const requests: readonly Request[] = [
    { is: 'list' },
    { is: 'next', hub: 'h', camera: 'door', size: 'full', after: '', every: 0, lease: 0 },
    { is: 'next', hub: 'h', camera: 'door', size: 'small', after: 'k', every: 5, lease: 1000 },
    { is: 'want', hub: 'h', camera: 'door', size: 'small', lease: 10 },
    { is: 'want', hub: 'h', camera: 'door', size: 'full', lease: 10, probe: 3 },
    { is: 'capture', camera: 'door', timeout: 5000 },
    { is: 'command', camera: 'door', name: 'light' },
    { is: 'command', camera: 'door', name: 'light', args: { on: true } },
    { is: 'command', camera: 'door', name: 'light', args: null },
    { is: 'rival', camera: 'door', edge: 'shop' },
  ];
  for (const request of requests) t.same(requestOf({ ...request }), request, request.is);
  t.end();
});

t.test('numbers of requests are limited, and texts are truncated', (t) => {
  const next = { is: 'next', hub: 'h', camera: 'door', size: 'full', after: '', every: 0, lease: 0 } as const;
  t.has(requestOf({ ...next, lease: MAX_LEASE + 1, every: TEN_MINUTES + 1 }), { lease: 60_000, every: TEN_MINUTES });
  t.has(requestOf({ ...next, lease: -1, every: '5' }), { lease: 0, every: 0 });
  t.has(requestOf({ ...next, after: 5, size: 'huge' }), { after: '', size: 'full' });
  t.has(requestOf({ ...next, hub: 'h'.repeat(129), after: 'k'.repeat(2049) }), {
    hub: 'h'.repeat(128),
    after: 'k'.repeat(2048),
  });
  t.has(requestOf({ ...next, is: 'want', hub: 'h'.repeat(129), probe: '5' }), {
    is: 'want',
    hub: 'h'.repeat(128),
    probe: undefined,
  });
  t.has(requestOf({ is: 'capture', camera: 'door', timeout: TEN_MINUTES + 1 }), { timeout: TEN_MINUTES });
  t.has(requestOf({ is: 'capture', camera: 'door' }), { timeout: 0 });
  t.has(requestOf({ is: 'command', camera: 'door', name: 'n'.repeat(2049) }), { name: 'n'.repeat(2048) });
  t.end();
});

t.test('requests without their required fields are rejected', (t) => {
  for (const head of [
    { is: 'next', camera: 'door' },
    { is: 'want', camera: 'door', hub: 5 },
    { is: 'next', hub: 'h' },
    { is: 'capture' },
    { is: 'capture', camera: 'a b' },
    { is: 'command', camera: 'door' },
    { is: 'rival', camera: 'door' },
    { is: 'other', camera: 'door', hub: 'h', edge: 'e', name: 'n' },
    {},
  ])
    t.equal(requestOf(head), undefined, JSON.stringify(head));
  t.end();
});

t.test('a hello requires its three fields', (t) => {
  const hello = { session: 's', revision: 0, ttl: 0 };
  t.same(helloOf(hello), hello);
  t.same(helloOf({ ...hello, ttl: TEN_MINUTES + 1, more: 1 }), { ...hello, ttl: TEN_MINUTES });
  t.same(helloOf({ ...hello, ttl: -5 }), hello);
  for (const wrong of [{ session: 5 }, { revision: '0' }, { ttl: undefined }])
    t.equal(helloOf({ ...hello, ...wrong }), undefined);
  t.end();
});

t.test('NATS subjects as used in permissions', (t) => {
  const subjects = createSubjects('my.camd');
  t.equal(subjects.requests('shop 1'), 'my.camd.edge.shop=201.>');
  t.equal(subjects.allRequests, 'my.camd.edge.>');
  t.equal(subjects.request('shop', 'list', undefined), 'my.camd.edge.shop.list');
  t.equal(subjects.hello(), 'my.camd.hello.*');
  t.equal(subjects.hello('shop.1'), 'my.camd.hello.shop=2E1');
  t.equal(subjects.rollCall, 'my.camd.roll-call');
  t.same(subjects.readRequest('shop', 'my.camd.edge.shop.list'), { is: 'list', camera: undefined });
  t.same(subjects.readRequest('shop', 'my.camd.edge.shop.next.a=zz'), { is: 'next', camera: undefined });
  t.equal(subjects.readRequest('shop', 'my.camd.edge.shop.next.door.x'), undefined);
  t.equal(subjects.readRequest('shop', 'my.camd.edge.shop'), undefined);
  t.equal(subjects.readHello('my.camd.hallo.shop'), undefined);
  t.equal(subjects.readHello('my.camd.hello.'), undefined);
  t.equal(thumbnailSubject('pictures', 'shop.1', 'door'), '$KV.pictures.shop=2E1.door');
  t.equal(edgeOfThumbnail('shop=2E1.door'), 'shop.1');
  t.equal(edgeOfThumbnail('shop=2e1.door'), undefined);
  t.equal(edgeOfThumbnail(''), undefined);
  t.end();
});
