// Tests of the cut between v4l2-ctl's pictures and the lines that it writes for them, in every order in which pipes may be read.

import fc from 'fast-check';
import t from 'tap';
import { type BufferLine, createCutter, parseBufferLine } from '../../../../plugins/source/v4l2/buffers.ts';
import { sampleJpeg } from '../../../support/jpeg.ts';

const line = (sequence: number, bytes: number, flags = 'ts-monotonic, ts-src-soe'): string =>
  `cap dqbuf: ${sequence % 4} seq: ${String(sequence).padStart(6)} bytesused: ${bytes} ts: 29.689307 delta: 33.138 ms (${flags})`;

t.test('a line of --verbose has the size, the number and the time of a buffer', async (t) => {
  t.same(
    parseBufferLine('cap dqbuf: 1 seq:      5 bytesused: 20354 ts: 29.689307 fps: 29.97 (ts-monotonic, ts-src-soe)'),
    {
      sequence: 5,
      bytes: 20354,
      taken: 29689.307,
      damaged: false,
    },
  );
  t.match(parseBufferLine('cap dqbuf: 12 seq:      0 bytesused: 100/50 offset: 10/0 (error, ts-unknown)'), {
    bytes: 140,
    taken: undefined,
    damaged: true,
  });
  t.equal(parseBufferLine('<<<<<<<<<<<<<< 30.00 fps'), undefined);
  t.equal(parseBufferLine('VIDIOC_DQBUF: failed: No such device'), undefined);
});

t.test(
  'pictures come out whole however bytes and lines are interleaved; skipped and damaged ones have no bytes',
  (t) => {
    const buffer = fc.record({
      kind: fc.constantFrom('whole', 'damaged', 'empty'),
      size: fc.integer({ min: 1, max: 500 }),
    });
    const property = fc.property(
      fc.array(buffer, { maxLength: 30 }),
      fc.nat({ max: 5 }),
      fc.integer({ min: 1, max: 300 }),
      fc.infiniteStream(fc.boolean()),
      (buffers, skip, step, order) => {
        const pictures: { data: Buffer; sequence: number }[] = [];
        const cutter = createCutter({
          skip,
          jpeg: false,
          most: 1_000_000,
          onBuffer: (data: Buffer, { sequence }: BufferLine) => void pictures.push({ data, sequence }),
          onOverflow: () => t.fail('it overflowed'),
        });
        const whole = buffers.map((buffer, index) => ({ ...buffer, index })).filter(({ kind }) => kind === 'whole');
        const written = whole.slice(skip);
        const bytes = Buffer.concat(written.map(({ size, index }) => Buffer.alloc(size, index + 1)));
        const chunks = Array.from({ length: Math.ceil(bytes.length / step) }, (_, at) =>
          bytes.subarray(at * step, (at + 1) * step),
        );
        const lines = buffers.map(({ kind, size }, index) =>
          line(index, kind === 'empty' ? 0 : size, kind === 'damaged' ? 'error, ts-monotonic' : undefined),
        );

        while (chunks.length > 0 || lines.length > 0) {
          const [chunk, text] = [chunks[0], lines[0]];
          const first = order.next().value;
          if (chunk && (first || text === undefined)) cutter.push(chunks.shift() ?? chunk);
          else if (text !== undefined) cutter.line(lines.shift() ?? text);
        }

        return (
          pictures.length === written.length &&
          pictures.every(({ data, sequence }, at) => {
            const expected = written[at];
            return sequence === expected?.index && data.equals(Buffer.alloc(expected.size, expected.index + 1));
          })
        );
      },
    );

    fc.assert(property, { numRuns: 500 });
    t.end();
  },
);

t.test('text before the first JPEG does not shift those that follow', async (t) => {
  const pictures: Buffer[] = [];
  const cutter = createCutter({
    skip: 0,
    jpeg: true,
    most: 1_000_000,
    onBuffer: (data) => void pictures.push(data),
    onOverflow: () => t.fail('it overflowed'),
  });
  const jpegs = [sampleJpeg({ seed: 1 }), sampleJpeg({ seed: 2 })];

  cutter.push(Buffer.from('Format Video Capture:\n\tWidth/Height : 64/48\n'));
  for (const [index, jpeg] of jpegs.entries()) {
    cutter.push(jpeg);
    cutter.line(line(index, jpeg.length));
  }

  t.same(pictures, jpegs);
});

t.test('bytes without lines are kept up to a bound', async (t) => {
  let dropped = 0;
  const cutter = createCutter({
    skip: 0,
    jpeg: false,
    most: 1000,
    onBuffer: () => t.fail('there was no line'),
    onOverflow: (bytes) => {
      dropped = bytes;
    },
  });

  cutter.push(Buffer.alloc(1000));
  t.equal(dropped, 0);
  cutter.push(Buffer.alloc(1));

  t.equal(dropped, 1001);
});
