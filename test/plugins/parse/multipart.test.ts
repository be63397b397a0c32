// parse/multipart with the stream formats of many cameras. CAMD_LONG=1: 100,000 mutations of them.

import fc from 'fast-check';
import sharp from 'sharp';
import t from 'tap';
import { recognise } from '../../../plugins/kit/image/recognise.ts';
import { boundaryOf } from '../../../plugins/parse/multipart/boundary.ts';
import multipart from '../../../plugins/parse/multipart/index.ts';
import { parserConformance } from '../../conformance/parse.ts';
import { random, sampleJpeg } from '../../support/jpeg.ts';
import { everyByte, type Parsed, parse } from '../../support/parsing.ts';

const MUTATIONS = process.env.CAMD_LONG === '1' ? 100_000 : 20_000;
const options = { max_frame: 8 * 1024 * 1024 };
const small = { width: 16, height: 8 };
const pictures = [
  sampleJpeg({ ...small, seed: 1 }),
  sampleJpeg({ ...small, seed: 2, thumbnail: true }),
  sampleJpeg({ ...small, seed: 3, progressive: true }),
];
const png = await sharp({ create: { width: 5, height: 4, channels: 3, background: 'red' } })
  .png()
  .toBuffer();
const ESP32 = '123456789000000000000987654321';
const TASMOTA = 'e8b8c539-047d-4777-a985-fbba6edff11e';

interface Camera {
  readonly contentType: string;
  stream(bodies: readonly Buffer[]): Buffer;
}

const text = (value: string): Buffer => Buffer.from(value, 'latin1');
const each = (bodies: readonly Buffer[], part: (body: Buffer) => Buffer[]): Buffer =>
  Buffer.concat(bodies.flatMap(part));
const cameras: Readonly<Record<string, Camera>> = {
  'ESP32 CameraWebServer: each part begins with an empty line': {
    contentType: `multipart/x-mixed-replace;boundary=${ESP32}`,
    stream: (bodies) =>
      each(bodies, (body) => [
        text(
          `\r\n--${ESP32}\r\nContent-Type: image/jpeg\r\nContent-Length: ${body.length}\r\nX-Timestamp: 1700000000.250000\r\n\r\n`,
        ),
        body,
      ]),
  },
  'ESPHome: boundary first and after each picture': {
    contentType: `multipart/x-mixed-replace;boundary=${ESP32}`,
    stream: (bodies) =>
      Buffer.concat([
        text(`--${ESP32}\r\n`),
        each(bodies, (body) => [
          text(`Content-Type: image/jpeg\r\nContent-Length: ${body.length}\r\n\r\n`),
          body,
          text(`\r\n--${ESP32}\r\n`),
        ]),
      ]),
  },
  'Tasmota: begins with the boundary and ends with a line end': {
    contentType: `multipart/x-mixed-replace;boundary=${TASMOTA}`,
    stream: (bodies) =>
      each(bodies, (body) => [
        text(`--${TASMOTA}\r\nContent-Type: image/jpeg\r\nContent-Length: ${body.length}\r\n\r\n`),
        body,
        text('\r\n'),
      ]),
  },
  'ustreamer: no Content-Length, the next head sent in advance': {
    contentType: 'multipart/x-mixed-replace;boundary=boundarydonotcross',
    stream: (bodies) =>
      Buffer.concat([
        text('--boundarydonotcross\r\nContent-Type: image/jpeg\r\nX-Timestamp: 1700000000.250000\r\n\r\n'),
        each(bodies, (body) => [body, text('\r\n--boundarydonotcross\r\nContent-Type: image/jpeg\r\n\r\n')]),
      ]),
  },
  'dashes in the boundary parameter that belong to the delimiter': {
    contentType: 'multipart/x-mixed-replace; boundary="--myboundary"',
    stream: (bodies) =>
      each(bodies, (body) => [text('--myboundary\r\nContent-Type: image/jpeg\r\n\r\n'), body, text('\r\n')]),
  },
  'dashes in the boundary parameter and two more in the stream': {
    contentType: 'multipart/x-mixed-replace; boundary=--myboundary',
    stream: (bodies) =>
      each(bodies, (body) => [text('----myboundary\r\nContent-Type: image/jpeg\r\n\r\n'), body, text('\r\n')]),
  },
  'a quoted boundary, lines that end with LF only': {
    contentType: 'multipart/x-mixed-replace; charset=utf-8; boundary="a b"',
    stream: (bodies) =>
      each(bodies, (body) => [
        text(`--a b\ncontent-type: image/jpeg\ncontent-length: ${body.length}\n\n`),
        body,
        text('\n'),
      ]),
  },
  'a short boundary and no Content-Length': {
    contentType: 'multipart/x-mixed-replace; boundary=B',
    stream: (bodies) => each(bodies, (body) => [text('--B\r\nContent-Type: image/jpeg\r\n\r\n'), body, text('\r\n')]),
  },
  'no line end before the boundary, no Content-Length': {
    contentType: 'multipart/x-mixed-replace; boundary=frameboundary',
    stream: (bodies) => each(bodies, (body) => [text('--frameboundary\r\nContent-Type: image/jpeg\r\n\r\n'), body]),
  },
  'no part headers': {
    contentType: 'multipart/x-mixed-replace; boundary=frameboundary',
    stream: (bodies) => each(bodies, (body) => [text('--frameboundary\r\n\r\n'), body, text('\r\n')]),
  },
  'no boundary in the Content-Type': {
    contentType: 'multipart/x-mixed-replace',
    stream: (bodies) => each(bodies, (body) => [text('--what\r\nContent-Type: image/jpg\r\n\r\n'), body, text('\r\n')]),
  },
  'a Content-Length that is too small': {
    contentType: 'multipart/x-mixed-replace; boundary=frameboundary',
    stream: (bodies) =>
      each(bodies, (body) => [
        text(`--frameboundary\r\nContent-Length: ${body.length - 9}\r\n\r\n`),
        body,
        text('\r\n'),
      ]),
  },
  'a closing boundary after every picture': {
    contentType: 'multipart/x-mixed-replace; boundary=frameboundary',
    stream: (bodies) =>
      each(bodies, (body) => [
        text('--frameboundary\r\nContent-Type: image/jpeg\r\n\r\n'),
        body,
        text('\r\n--frameboundary--\r\n'),
      ]),
  },
};
const run = (bytes: Buffer, contentType: string, cuts: readonly number[] = [], given = options): Parsed =>
  parse(multipart, given, bytes, cuts, { contentType });
const esp32 = Object.values(cameras)[0] as Camera;

for (const [name, camera] of Object.entries(cameras)) {
  t.test(`a stream is parsed in any chunking: ${name}`, async (t) => {
    const stream = camera.stream(pictures);
    const wrong = (cuts: readonly number[]) => {
      const { images, skipped } = run(stream, camera.contentType, cuts);
      const same =
        images.length === pictures.length && images.every(({ data }, at) => data.equals(pictures[at] as Buffer));
      return !same || skipped.length > 0;
    };
    const cuts = fc.array(fc.nat(stream.length), { maxLength: 30 }).map((list) => list.sort((a, b) => a - b));

    t.same(
      Array.from({ length: stream.length }, (_, cut) => cut).filter((cut) => wrong([cut])),
      [],
      'one cut',
    );
    t.notOk(wrong(everyByte(stream)), 'byte by byte');
    fc.assert(
      fc.property(cuts, (list) => !wrong(list)),
      { seed: 4, numRuns: 50 },
    );
  });
}

t.test('a picture with a Content-Length is passed on with its last byte', async (t) => {
  const [first = png] = pictures;
  const seen: number[] = [];
  const parser = multipart.create(
    options,
    { image: ({ data }) => seen.push(data.length), skipped() {} },
    { contentType: esp32.contentType },
  );

  parser.push(esp32.stream([first]));

  t.same(seen, [first.length]);
});

t.test('a JPEG without a Content-Length does not wait for the boundary', async (t) => {
  const [first = png] = pictures;
  const seen: number[] = [];
  const parser = multipart.create(
    options,
    { image: ({ data }) => seen.push(data.length), skipped() {} },
    { contentType: 'multipart/x-mixed-replace; boundary=frame' },
  );

  parser.push(Buffer.concat([text('--frame\r\n\r\n'), first]));

  t.same(seen, [first.length]);
});

t.test('X-Timestamp becomes the time of the picture, unless the camera’s clock was never set', async (t) => {
  const withTime = (time: string) =>
    run(
      Buffer.concat([
        text(`--${ESP32}\r\nX-Timestamp: ${time}\r\n\r\n`),
        pictures[0] as Buffer,
        text(`\r\n--${ESP32}\r\n`),
      ]),
      esp32.contentType,
    ).images[0]?.time;

  t.equal(withTime('1700000000.250000'), 1700000000250);
  t.equal(withTime('1700000000'), 1700000000000);
  t.equal(withTime('12.500000'), undefined, 'twelve seconds after it was switched on');
  t.equal(withTime('soon'), undefined);
});

t.test('parts that are not pictures are skipped and counted, and the stream continues', async (t) => {
  const [first = png] = pictures;
  const part = (head: string, body: Buffer) => Buffer.concat([text(`\r\n--${ESP32}\r\n${head}\r\n\r\n`), body]);
  const stream = Buffer.concat([
    part('Content-Type: text/plain', text('No frames send.')),
    part('Content-Type: text/plain\r\nContent-Length: 15', text('No frames send.')),
    part('Content-Type: image/jpeg\r\nContent-Length: 5', text('hello')),
    part('Content-Type: image/jpeg', sampleJpeg({ ...small, detail: 60 }).subarray(0, -50)),
    part(`Content-Type: image/jpeg\r\nContent-Length: ${first.length}`, first),
    text(`\r\n--${ESP32}\r\n`),
  ]);
  for (const cuts of [[], everyByte(stream)]) {
    const { images, skipped } = run(stream, esp32.contentType, cuts);

    t.equal(images.length, 1);
    t.same(
      skipped.map(({ reason }) => reason),
      ['part is not a picture', 'part is not a picture', 'neither JPEG nor PNG', 'truncated'],
    );
  }
});

t.test('PNG parts are pictures too, with and without a length', async (t) => {
  const stream = Buffer.concat([
    text(`--${ESP32}\r\nContent-Type: image/png\r\nContent-Length: ${png.length}\r\n\r\n`),
    png,
    text(`\r\n--${ESP32}\r\nContent-Type: image/png\r\n\r\n`),
    png,
    text(`\r\n--${ESP32}--\r\n`),
  ]);
  for (const cuts of [[], everyByte(stream)]) {
    const { images, skipped } = run(stream, esp32.contentType, cuts);

    t.match(images, [
      { type: 'image/png', width: 5, height: 4 },
      { type: 'image/png', width: 5, height: 4 },
    ]);
    t.ok(images.every(({ data }) => data.equals(png)));
    t.same(skipped, []);
  }
});

t.test('a part over max_frame is dropped without being buffered, with and without a length', async (t) => {
  const [, large = png, first = png] = pictures;
  const limit = { max_frame: first.length };
  for (const camera of Object.values(cameras).slice(0, 4)) {
    const { images, skipped } = run(camera.stream([first, large, first]), camera.contentType, [100], limit);

    t.equal(images.length, large.length > first.length ? 2 : 3);
    t.ok(skipped.every(({ reason }) => reason === 'over max_frame'));
  }
});

t.test('an endless part head is skipped', async (t) => {
  const endless = Buffer.concat([text(`--${ESP32}\r\n`), text('X-Filler: yes\r\n'.repeat(4000)), text('\r\n')]);
  const { images, skipped } = run(Buffer.concat([endless, esp32.stream(pictures)]), esp32.contentType, [9000, 18000]);

  t.equal(images.length, pictures.length);
  t.equal(skipped[0]?.reason, 'part head too long');
});

t.test('the boundary parameter is read in all its forms', async (t) => {
  t.equal(boundaryOf('multipart/x-mixed-replace;boundary=abc'), 'abc');
  t.equal(boundaryOf('multipart/x-mixed-replace; Boundary="a \\"b"; x=y'), 'a "b');
  t.equal(boundaryOf('multipart/x-mixed-replace; boundary = abc ; x=y'), 'abc');
  t.equal(boundaryOf('multipart/x-mixed-replace'), undefined);
  t.equal(boundaryOf('multipart/x-mixed-replace; boundary=""'), undefined);
});

t.test(`${MUTATIONS} mutations neither throw nor hang, and yield only whole pictures`, async (t) => {
  const next = random(2027);
  const streams = Object.values(cameras).map((camera) => ({
    bytes: camera.stream(pictures.slice(1, 2)),
    contentType: camera.contentType,
  }));
  let images = 0;
  const sink = {
    image({ data }: { data: Buffer }) {
      images++;
      const found = recognise(data);
      if (!('length' in found) || found.length !== data.length) t.fail('not a whole picture');
    },
    skipped() {},
  };

  for (let i = 0; i < MUTATIONS; i++) {
    const { bytes: source, contentType } = streams[i % streams.length] ?? { bytes: png, contentType: '' };
    const bytes = Buffer.from(source);
    for (let count = 1 + Math.floor(next() * 3); count > 0; count--) {
      bytes[Math.floor(next() * bytes.length)] = next() < 0.5 ? Math.floor(next() * 256) : next() < 0.5 ? 0x2d : 0x0a;
    }
    const parser = multipart.create({ max_frame: 2048 }, sink, { contentType });
    const cut = Math.floor(next() * bytes.length);
    parser.push(bytes.subarray(0, cut));
    parser.push(bytes.subarray(cut));
    parser.end();
  }

  t.ok(images > MUTATIONS / 2, `${images} pictures survived`);
});

parserConformance(t, multipart, {
  options,
  limited: { max_frame: 70 },
  pictures: [...pictures, png],
  message: (picture) => esp32.stream([picture]),
  context: { contentType: esp32.contentType },
});
