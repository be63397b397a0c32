// No parser blocks the event loop for more than 100 ms of processor time in one turn, even with malicious input.

import t from 'tap';
import type { ParserPlugin } from '../core/contract/plugin.ts';
import { readText } from '../plugins/http/websocket/hello.ts';
import { readExif } from '../plugins/kit/image/exif.ts';
import { withoutThumbnail } from '../plugins/kit/image/thumbnail.ts';
import { packetLimit } from '../plugins/kit/mqtt/packet-limit.ts';
import { matches } from '../plugins/kit/mqtt/topic.ts';
import { createFrameReader } from '../plugins/kit/websocket/frame-reader.ts';
import image from '../plugins/parse/image.ts';
import lengthPrefixed from '../plugins/parse/length-prefixed/index.ts';
import mjpeg from '../plugins/parse/mjpeg.ts';
import multipart from '../plugins/parse/multipart/index.ts';
import payload from '../plugins/parse/payload/index.ts';
import still from '../plugins/parse/still.ts';
import { sampleJpeg } from './support/jpeg.ts';
import { CEILING_MS, longestTurn } from './support/longest-turn.ts';

const MiB = 2 ** 20;
/** Enough of a stream: each read is a turn of its own. */
const STREAM = MiB;
/** The default size limit of a request's body. */
const MOST = 12 * MiB;
/** The most that a socket delivers in one read. */
const CHUNK = 64 * 1024;
const MAX_FRAME = 8 * MiB;

const fill = (pattern: string, size = MOST): Buffer => Buffer.alloc(size, pattern, 'latin1');
const jpeg = sampleJpeg({});
/** Behind SOI, before the first table: a place for segments. */
const inHead = (filler: Buffer): Buffer => Buffer.concat([jpeg.subarray(0, 2), filler, jpeg.subarray(2)]);
/** Before EOI. */
const inScan = (filler: Buffer): Buffer => Buffer.concat([jpeg.subarray(0, -2), filler, jpeg.subarray(-2)]);

const pictures: Readonly<Record<string, Buffer>> = {
  'empty segments': inHead(fill('\xff\xfe\x00\x02', MAX_FRAME - 65536)),
  'fill bytes': inHead(fill('\xff', MAX_FRAME - 65536)),
  'escaped bytes in the scan': inScan(fill('\xff\x00', MAX_FRAME - 65536)),
  'restart markers': inScan(fill('\xff\xd0', MAX_FRAME - 65536)),
  'empty scans': inScan(fill('\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00', MAX_FRAME - 65536)),
  'PNG of empty chunks': Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0\0\0\0\0', 'latin1'),
    fill('\0\0\0\0tEXt\0\0\0\0', MAX_FRAME - 65536),
  ]),
  'starts of pictures': fill('\xff\xd8'),
  'starts and ends': fill('\xff\xd8\xff\xd9'),
  'starts with a marker': fill('\xff\xd8\xff\xe0'),
  zeros: fill('\0'),
};

const streams: Readonly<Record<string, Buffer>> = {
  ...pictures,
  delimiters: fill('--b\r\n'),
  'parts without heads': fill('--b\r\n\r\n'),
  'parts of one byte': fill('--b\r\nContent-Length: 1\r\n\r\nx'),
  'parts of wrong lengths': fill('--b\r\nContent-Length: 2\r\n\r\n\xff\xd8'),
  'line ends': fill('\r\n'),
  'a head without end': Buffer.concat([Buffer.from('--b\r\n'), fill('a: b\r\n')]),
  'a body of line ends': Buffer.concat([Buffer.from('--b\r\n\r\n'), fill('\n')]),
  'lengths of one byte': fill('\x01\0\0\0\xff'),
  'lengths and starts': fill('\x10\0\0\0\xff\xd8\xff'),
  'negative lengths': fill('\xff\xff\xff\xff'),
};

const messages: Readonly<Record<string, Buffer>> = {
  ...pictures,
  'base64 of nothing': fill('A'),
  'base64 with line breaks': fill('A\n'),
  spaces: fill(' '),
  'a data URL': Buffer.concat([Buffer.from('data:image/jpeg;base64,'), fill('AAAA')]),
  'data URLs without end': fill('data:'),
  'JSON of brackets': Buffer.concat([Buffer.from('{"a":'), fill('[')]),
  'JSON of objects': Buffer.concat([Buffer.from('{"a":['), fill('{},'), Buffer.from('0]}')]),
  'JSON of numbers': Buffer.concat([Buffer.from('{"a":['), fill('0,'), Buffer.from('0]}')]),
  'JSON of keys': Buffer.concat([Buffer.from('{"a":0'), fill(',"a":0'), Buffer.from('}')]),
  'JSON of escaped quotes': Buffer.concat([Buffer.from('{"image":"'), fill('\\"'), Buffer.from('"}')]),
  'JSON of backslashes': Buffer.concat([Buffer.from('{"image":"'), fill('\\\\'), Buffer.from('"}')]),
  'JSON of escapes': Buffer.concat([Buffer.from('{"image":"'), fill('\\u0041'), Buffer.from('"}')]),
  'JSON with one string': Buffer.concat([Buffer.from('{"image":"'), fill('AAAA'), Buffer.from('"}')]),
};

const sink = { image() {}, skipped() {} };

async function holdsUp<Options>(
  t: { ok(value: boolean, message: string): void },
  name: string,
  plugin: ParserPlugin<Options>,
  options: Options,
  inputs: Readonly<Record<string, Buffer>>,
  size: number,
): Promise<void> {
  const context = { contentType: 'multipart/x-mixed-replace; boundary=b' };
  for (const [what, bytes] of Object.entries(inputs)) {
    const end = Math.min(bytes.length, size < MOST ? STREAM : MOST);
    const turn = await longestTurn(async () => {
      const parser = plugin.create(options, sink, context);
      for (let at = 0; at < end; at += size) {
        // A copy, as sockets read into their own memory.
        parser.push(Buffer.from(bytes.subarray(at, Math.min(end, at + size))));
        if (size < MOST) await new Promise((resolve) => setImmediate(resolve));
      }
      parser.end();
    });

    t.ok(turn < CEILING_MS, `${name}, ${what}: ${turn.toFixed(1)} ms`);
  }
}

t.test('parsers of streams', async (t) => {
  const options = { max_frame: MAX_FRAME };
  await holdsUp(t, 'mjpeg', mjpeg, options, streams, CHUNK);
  await holdsUp(t, 'multipart', multipart, options, streams, CHUNK);
  await holdsUp(t, 'length-prefixed', lengthPrefixed, { ...options, byte_order: 'little' }, streams, CHUNK);
});

t.test('parsers of messages, which get all bytes at once', async (t) => {
  const options = { max_frame: MAX_FRAME };
  await holdsUp(t, 'image', image, options, pictures, MOST + CHUNK);
  await holdsUp(t, 'still', still, options, pictures, MOST + CHUNK);
  await holdsUp(t, 'payload', payload, { ...options, keys: ['image', 'data', 'a.b'] }, messages, MOST + CHUNK);
});

t.test('WebSocket frames, MQTT packets and topics, texts of viewers', async (t) => {
  const chunk = (pattern: string): Buffer => fill(pattern, CHUNK);
  const reader = () => createFrameReader({ data() {}, text() {}, control() {}, violation() {} });
  const inputs: Readonly<Record<string, () => void>> = {
    'frames without data': () => reader().push(chunk('\x02\x80\0\0\0\0\0\x80\0\0\0\0')),
    'frames of one byte': () => reader().push(chunk('\x82\x81\0\0\0\0x')),
    pings: () => reader().push(chunk('\x89\x80\0\0\0\0')),
    'packets without content': () => void packetLimit(MOST)(chunk('\xc0\0')),
    'lengths without end': () => void packetLimit(MOST)(chunk('\x30\xff\xff\xff\x7f')),
    'levels of a topic': () => void matches(`${'+/'.repeat(32_000)}#`, 'a/'.repeat(32_000)),
    'a text of brackets': () => void readText(`{"watch":${'['.repeat(CHUNK)}`),
    'a text of cameras': () => void readText(JSON.stringify({ watch: new Array(CHUNK / 4).fill('a') })),
  };
  for (const [what, work] of Object.entries(inputs)) {
    const turn = await longestTurn(work);

    t.ok(turn < CEILING_MS, `${what}: ${turn.toFixed(1)} ms`);
  }
});

t.test('EXIF', async (t) => {
  const block = (entries: number, loop: boolean): Buffer => {
    const tiff = Buffer.alloc(65_527);
    tiff.write('II*\0\x08\0\0\0', 'latin1');
    tiff.writeUInt16LE(entries, 8);
    for (let at = 0; at < entries && 22 + at * 12 < tiff.length; at++) {
      tiff.writeUInt16LE(loop ? 0x8769 : 0x010f, 10 + at * 12);
      tiff.writeUInt16LE(loop ? 4 : 2, 12 + at * 12);
      tiff.writeUInt32LE(loop ? 1 : 60_000, 14 + at * 12);
      tiff.writeUInt32LE(8, 18 + at * 12);
    }
    return Buffer.concat([Buffer.from('\xff\xe1\xff\xffExif\0\0', 'latin1'), tiff]);
  };
  const inputs: Readonly<Record<string, Buffer>> = {
    'many entries': inHead(block(5400, false)),
    'a directory that holds itself': inHead(block(5400, true)),
    'more entries than bytes': inHead(block(65_535, false)),
    'a hundred blocks': inHead(Buffer.concat(new Array(100).fill(block(5400, true)))),
    'thumbnails everywhere': inHead(fill('\xff\xfe\x00\x06\xff\xd8\xff\xd9', MAX_FRAME)),
  };
  for (const [what, bytes] of Object.entries(inputs)) {
    const read = await longestTurn(() => void readExif(bytes));
    const cut = await longestTurn(() => void withoutThumbnail(bytes));

    t.ok(read < CEILING_MS, `reading ${what}: ${read.toFixed(1)} ms`);
    t.ok(cut < CEILING_MS, `removing thumbnails, ${what}: ${cut.toFixed(1)} ms`);
  }
});
