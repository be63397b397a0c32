// parse/mjpeg, against a generated corpus of camera streams.

import fc from 'fast-check';
import t from 'tap';
import { HEADROOM, TAILROOM } from '../../../core/contract/frame.ts';
import { STANDARD_DHT } from '../../../plugins/kit/image/huffman.ts';
import { recognise } from '../../../plugins/kit/image/recognise.ts';
import mjpeg from '../../../plugins/parse/mjpeg.ts';
import { parserConformance } from '../../conformance/parse.ts';
import { random, sampleJpeg } from '../../support/jpeg.ts';
import { everyByte, type Parsed, parse } from '../../support/parsing.ts';

const options = { max_frame: 8 * 1024 * 1024 };
const run = (bytes: Buffer, cuts?: readonly number[], given = options): Parsed => parse(mjpeg, given, bytes, cuts);
const small = { width: 16, height: 8 };
const corpus = {
  plain: sampleJpeg({ ...small, seed: 1 }),
  thumbnail: sampleJpeg({ ...small, seed: 2, thumbnail: true }),
  progressive: sampleJpeg({ ...small, seed: 3, progressive: true, detail: 20 }),
  restarts: sampleJpeg({ width: 80, height: 16, seed: 4, restartInterval: 2, detail: 1 }),
  filled: sampleJpeg({ ...small, seed: 5, fill: 3 }),
  stuffed: sampleJpeg({ ...small, seed: 6, detail: 60 }),
  commented: sampleJpeg({ ...small, seed: 7, comment: Buffer.from([0xff, 0xd9, 0xff, 0xd8, 0xff, 0xe0, 0xff]) }),
  endsWithStart: sampleJpeg({ ...small, seed: 8, comment: Buffer.from([0xff, 0xd8]) }),
};
const frames = Object.values(corpus);
const stream = Buffer.concat(frames);

t.test('every kind of JPEG is passed on unchanged', async (t) => {
  for (const [kind, frame] of Object.entries(corpus)) {
    const { images, skipped } = run(Buffer.concat([frame, corpus.plain]));

    t.equal(images.length, 2, kind);
    t.ok(images[0]?.data.equals(frame), `${kind} is byte-identical`);
    t.same(skipped, [], kind);
  }
});

t.test('fill bytes before a marker are skipped, up to 64 KiB, for any chunk size', async (t) => {
  const filled = (count: number): Buffer =>
    Buffer.concat([corpus.plain.subarray(0, 2), Buffer.alloc(count, 0xff), corpus.plain.subarray(2)]);
  const cuts = (length: number, size: number): number[] =>
    Array.from({ length: Math.ceil(length / size) - 1 }, (_, n) => (n + 1) * size);

  for (const size of [1 << 20, 1000, 1]) {
    const bytes = Buffer.concat([filled(65_000), corpus.plain]);
    const { images } = run(bytes, cuts(bytes.length, size));
    t.equal(images.length, 2, `in pieces of ${size}`);
  }
  const { images, skipped } = run(Buffer.concat([filled(70_000), corpus.plain]));

  t.equal(images.length, 1, 'the next picture is found');
  t.match(skipped, [{ reason: 'malformed JPEG' }, { reason: 'garbage' }]);
});

t.test('width and height are read, and the buffer has headroom and tailroom', async (t) => {
  const [image] = run(sampleJpeg({ width: 40, height: 24 })).images;

  t.match(image, { type: 'image/jpeg', width: 40, height: 24, hasHeadroom: true });
  t.equal(image?.data.byteOffset, HEADROOM);
  t.ok((image?.data.buffer.byteLength ?? 0) >= HEADROOM + (image?.data.length ?? 0) + TAILROOM);
});

t.test('a stream may be cut anywhere', async (t) => {
  const wrong = Array.from({ length: stream.length }, (_, cut) => cut).filter((cut) => !isWhole(run(stream, [cut])));

  t.same(wrong, [], 'no cut makes a difference');
  t.ok(isWhole(run(stream, everyByte(stream))), 'byte by byte');
});

t.test('a long segment may be cut where the remaining length equals an SOI', async (t) => {
  const comment = Buffer.alloc(0xffff - 2, 0x20);
  // After these bytes FF D6 remain, two less than FF D8: the length of a segment truncated by an SOI.
  const at = comment.length - (0xffd8 - 2);
  comment[at] = 0xff;
  const frame = sampleJpeg({ ...small, comment });
  const cut = frame.indexOf(comment) + at;

  const { images, skipped } = run(frame, [cut]);

  t.same(skipped, []);
  t.ok(images[0]?.data.equals(frame));
});

t.test('a segment whose length equals an SOI has that length, wherever it is cut', async (t) => {
  // 0xFFD8 counts its own two bytes (T.81 §B.1.1.4).
  const frame = sampleJpeg({ ...small, seed: 9, comment: Buffer.alloc(0xffd8 - 2, 0x20) });
  const at = frame.indexOf(Buffer.from([0xff, 0xfe, 0xff, 0xd8]));

  for (const cuts of [[], [at + 3], [at + 4], [at + 3, at + 4], [at + 5], [at + 4 + 0xffd8 - 2]]) {
    const { images, skipped } = run(Buffer.concat([frame, corpus.plain]), cuts);

    t.ok(images[0]?.data.equals(frame) && images[1]?.data.equals(corpus.plain), `cut at ${cuts}`);
    t.same(skipped, []);
  }
});

t.test('a stream may be cut at random', async () => {
  const cuts = fc.array(fc.nat(stream.length), { maxLength: 40 }).map((list) => list.sort((a, b) => a - b));

  fc.assert(
    fc.property(cuts, (list) => isWhole(run(stream, list))),
    { seed: 6, numRuns: 300 },
  );
});

t.test('garbage between frames is skipped and counted', async (t) => {
  const noise = Buffer.from('\r\nnot a picture \xff\xd8 at all\xff', 'latin1');
  const { images, skipped } = run(Buffer.concat([noise, corpus.plain, noise, corpus.filled, noise]));

  t.equal(images.length, 2);
  t.same([...new Set(skipped.map(({ reason }) => reason))], ['garbage']);
  t.equal(
    skipped.reduce((sum, { bytes }) => sum + bytes, 0),
    3 * noise.length,
  );
});

t.test('padding after a frame is trimmed without a report', async (t) => {
  for (const byte of [0x00, 0xff]) {
    const padded = Buffer.concat([corpus.plain, Buffer.alloc(4096, byte), corpus.thumbnail, Buffer.alloc(100, byte)]);
    for (const cuts of [[], everyByte(padded)]) {
      const { images, skipped } = run(padded, cuts);

      t.same(
        images.map(({ data }) => data.length),
        [corpus.plain.length, corpus.thumbnail.length],
      );
      t.same(skipped, []);
    }
  }
});

t.test('a truncated frame is never passed on, wherever it is cut', async (t) => {
  const sent = [corpus.plain, corpus.restarts];
  for (const [kind, frame] of Object.entries(corpus)) {
    for (let cut = 2; cut < frame.length; cut++) {
      const { images, skipped } = run(
        Buffer.concat([frame.subarray(0, cut), ...Array(5).fill(corpus.plain), corpus.restarts]),
      );
      const foreign = images.filter(({ data }) => !sent.some((frame) => endsLike(data, frame)) && !isThumbnail(data));

      // A frame cut inside a segment consumes at most the length of that segment from the next frames.
      if (foreign.length > 0) t.fail(`${kind} cut at ${cut} gave something that was never sent`);
      if (!images.some(({ data }) => data.equals(corpus.restarts))) t.fail(`${kind} cut at ${cut} lost a later frame`);
      const slid = images.some(({ data }) => !sent.some((frame) => data.equals(frame)));
      if (skipped.length === 0 && !slid) t.fail(`${kind} cut at ${cut} was not counted`);
    }
  }
});

t.test('a frame cut inside its entropy-coded data does not affect other frames', async (t) => {
  const { images, skipped } = run(Buffer.concat([corpus.stuffed.subarray(0, -20), corpus.plain]));

  t.equal(images.length, 1);
  t.ok(images[0]?.data.equals(corpus.plain));
  t.same(skipped, [{ bytes: corpus.stuffed.length - 20, reason: 'truncated' }]);
});

t.test('the end of the stream inside a frame is a truncated frame', async (t) => {
  t.same(run(corpus.plain.subarray(0, -1)), {
    images: [],
    skipped: [{ bytes: corpus.plain.length - 1, reason: 'truncated' }],
  });
});

t.test('a frame over max_frame is dropped, the frames around it are not', async (t) => {
  const large = sampleJpeg({ width: 128, height: 128, detail: 30, thumbnail: true });
  const bytes = Buffer.concat([corpus.plain, large, corpus.thumbnail]);
  for (const cuts of [[], everyByte(bytes)]) {
    const { images, skipped } = run(bytes, cuts, { max_frame: 2048 });

    t.same(
      images.map(({ data }) => data.length),
      [corpus.plain.length, corpus.thumbnail.length],
    );
    t.same(skipped, [{ bytes: large.length, reason: 'over max_frame' }]);
  }
});

t.test('a frame of exactly max_frame is kept, and a thumbnail never replaces a frame over the limit', async (t) => {
  const frame = sampleJpeg({ thumbnail: sampleJpeg({ width: 32, height: 32, detail: 10 }) });

  t.equal(run(frame, [], { max_frame: frame.length }).images.length, 1);
  t.same(run(frame, [], { max_frame: frame.length - 1 }).images, []);
  t.same(run(frame, everyByte(frame), { max_frame: 64 }).images, []);
});

t.test('an endless frame uses no more memory than max_frame', async (t) => {
  const start = sampleJpeg({ detail: 20 }).subarray(0, -2);
  const skipped: number[] = [];
  const parser = mjpeg.create(
    { max_frame: 64 * 1024 },
    { image: () => t.fail(), skipped: (bytes) => skipped.push(bytes) },
    {},
  );
  const before = process.memoryUsage().arrayBuffers;

  parser.push(start);
  for (let i = 0; i < 512; i++) parser.push(Buffer.alloc(64 * 1024, 0x55));
  const grown = process.memoryUsage().arrayBuffers - before;
  parser.end();

  t.ok(grown < 48 * 1024 * 1024, `grew by ${grown} bytes, including chunks that await collection`);
  t.same(skipped, [start.length + 512 * 64 * 1024]);
});

t.test('missing Huffman tables of a UVC camera are inserted', async (t) => {
  const bare = sampleJpeg({ tables: false, seed: 9 });
  const twice = Buffer.concat([bare, bare]);
  for (const cuts of [[], everyByte(twice)]) {
    const { images } = run(twice, cuts);

    t.equal(images.length, 2);
    for (const { data } of images) {
      const at = data.indexOf(STANDARD_DHT);
      t.ok(at > 0, 'the standard tables are there');
      t.equal(data.readUInt16BE(at + STANDARD_DHT.length), 0xffda, 'just before the scan');
      t.ok(Buffer.concat([data.subarray(0, at), data.subarray(at + STANDARD_DHT.length)]).equals(bare));
      t.match(recognise(data), { type: 'image/jpeg', length: data.length });
    }
  }
});

t.test('each kind of damage is reported with its reason', async (t) => {
  const plain = corpus.plain;
  const sof = plain.indexOf(Buffer.from([0xff, 0xc0]));
  const reasonOf = (bytes: Buffer) => run(bytes).skipped[0]?.reason;
  const edited = (at: number, byte: number) => {
    const copy = Buffer.from(plain);
    copy[at] = byte;
    return copy;
  };

  t.equal(reasonOf(edited(sof + 1, 0x02)), 'malformed JPEG', 'a reserved marker');
  t.equal(reasonOf(edited(sof + 8, 0)), 'JPEG without a size', 'no width');
  t.equal(reasonOf(Buffer.from([0xff, 0xd8, 0xff, 0xd9])), 'JPEG without a picture', 'nothing between SOI and EOI');
  t.equal(reasonOf(Buffer.concat([plain.subarray(0, -2), Buffer.from([0xff, 0x10, 0xff, 0xd9])])), 'malformed JPEG');
});

t.test('100,000 mutations neither throw nor hang, and only complete frames are passed on', async (t) => {
  const next = random(2026);
  const sources = [
    ...frames,
    sampleJpeg({ tables: false }),
    Buffer.concat([corpus.plain, Buffer.alloc(8), corpus.thumbnail]),
  ];
  let images = 0;
  const sink = {
    image: ({ data, width, height }: { data: Buffer; width: number; height: number }) => {
      images++;
      const found = recognise(data);
      if (!('length' in found) || found.length !== data.length || found.width !== width || found.height !== height) {
        t.fail('not a whole frame');
      }
    },
    skipped: (bytes: number) => {
      if (!(bytes > 0)) t.fail('nothing was skipped');
    },
  };
  const parser = mjpeg.create({ max_frame: 4096 }, sink, {});

  for (let i = 0; i < 100_000; i++) {
    const bytes = mutate(sources[i % sources.length] ?? stream, next);
    const cut = Math.floor(next() * bytes.length);
    parser.push(bytes.subarray(0, cut));
    parser.push(bytes.subarray(cut));
    if (next() < 0.3) parser.end();
  }
  parser.end();

  t.ok(images > 10_000, `${images} frames survived`);
});

parserConformance(t, mjpeg, {
  options,
  message: (picture) => picture,
  pictures: frames,
  limited: { max_frame: 100 },
});

function isWhole({ images, skipped }: Parsed): boolean {
  return (
    skipped.length === 0 &&
    images.length === frames.length &&
    images.every(({ data }, index) => data.equals(frames[index] ?? Buffer.alloc(0)))
  );
}

/**
 * The picture that was sent, from its frame header to its end. A header cut inside an application segment can slide into the
 * header of the next frame so that both form a complete picture: it shows the next picture and is not truncated.
 */
function endsLike(data: Buffer, frame: Buffer): boolean {
  const picture = frame.subarray(frame.lastIndexOf(Buffer.from([0xff, 0xc0])));
  return data.subarray(-picture.length).equals(picture);
}

/** A truncated header can end inside the block with a thumbnail, which is a valid JPEG. */
function isThumbnail(data: Buffer): boolean {
  return corpus.thumbnail.includes(data);
}

function mutate(source: Buffer, next: () => number): Buffer {
  const bytes = Buffer.from(source);
  const at = () => Math.floor(next() * bytes.length);
  const interesting = [0xff, 0xd8, 0xd9, 0xda, 0xc4, 0x00, 0xd0, 0xe1];
  for (let count = 1 + Math.floor(next() * 3); count > 0; count--) {
    bytes[at()] = next() < 0.5 ? Math.floor(next() * 256) : (interesting[Math.floor(next() * interesting.length)] ?? 0);
  }
  if (next() < 0.2) return bytes.subarray(0, at());
  if (next() < 0.2) return Buffer.concat([bytes.subarray(0, at()), bytes.subarray(at())]);
  return bytes;
}
