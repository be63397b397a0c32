// transform/image by ffmpeg: its results beside those of sharp, its processes, and missing programs.

import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import sharp from 'sharp';
import t from 'tap';
import { systemClock } from '../../../core/base/clock.ts';
import { createLog } from '../../../core/base/log.ts';
import { readExif } from '../../../plugins/kit/image/exif.ts';
import { type ChangeOptions, change, type Means } from '../../../plugins/transform/image/change.ts';
import { createPool, type Pool } from '../../../plugins/transform/image/ffmpeg/pool.ts';
import { findFfmpeg } from '../../../plugins/transform/image/ffmpeg/preflight.ts';
import { endsPicture, MOST_MS, startWorker, type Worker } from '../../../plugins/transform/image/ffmpeg/worker.ts';
import { geometryOf } from '../../../plugins/transform/image/geometry.ts';
import { manualClock } from '../../../testing/clock.ts';
import { dedent } from '../../support/dedent.ts';
import { corner, flag } from '../../support/flag.ts';
import { run } from '../../support/harness.ts';
import { sampleJpeg } from '../../support/jpeg.ts';

const OPTIONS: ChangeOptions = {
  fit: 'inside',
  enlarge: false,
  rotate: 0,
  rotate_by: 'encode',
  flip: 'none',
  format: 'keep',
  strip_metadata: false,
  max_pixels: 50_000_000,
  encoder: 'ffmpeg',
  encoding: 'compact',
  device: '/dev/dri/renderD128',
};
const jpeg = (data: Buffer, width = 64, height = 48) => ({
  data,
  type: 'image/jpeg' as const,
  width,
  height,
  hasHeadroom: false,
});
const silent = createLog({ level: 'error', write: () => {} });
const byFfmpeg = (pool: Pool): Means => ({
  sharp: async () => sharp,
  lossless: undefined,
  ffmpeg: { program: 'ffmpeg', pool },
});
const pool = createPool(1, (argv) => startWorker(argv, silent, systemClock));
t.teardown(() => pool.stop());

t.test('ffmpeg turns, mirrors, crops and fits as sharp does', async (t) => {
  const image = jpeg(await flag());
  const lying = jpeg(await flag({ orientation: 6 }));
  const cases: [typeof image, Partial<ChangeOptions>][] = [
    [image, { rotate: 90 }],
    [image, { rotate: 180, encoding: 'fast' }],
    [image, { rotate: 270, flip: 'vertical' }],
    [image, { flip: 'both', width: 32 }],
    [image, { rotate: 90, flip: 'horizontal', width: 24 }],
    [image, { width: 33, height: 31, fit: 'cover' }],
    [image, { width: 52, height: 45, fit: 'contain' }],
    [image, { width: 128, enlarge: true, quality: 90 }],
    [lying, { quality: 70 }],
    [lying, { rotate: 90, width: 40 }],
  ];

  for (const [from, options] of cases) {
    const [own, other] = await Promise.all([
      change(from, { ...OPTIONS, ...options }, byFfmpeg(pool)),
      change(from, { ...OPTIONS, ...options }, { sharp: async () => sharp, lossless: undefined }),
    ]);

    const label = JSON.stringify(options);
    t.match(own, { width: other.width, height: other.height, type: 'image/jpeg' }, label);
    t.match(await sharp(own.data).metadata(), { width: other.width, chromaSubsampling: '4:2:0' }, label);
    t.equal(await corner(own.data), await corner(other.data), label);
  }
});

t.test('the size of a result is that of sharp with the same options', async (t) => {
  const side = fc.integer({ min: 1, max: 70 });
  const options = fc.record({
    width: fc.option(side, { nil: undefined }),
    height: fc.option(side, { nil: undefined }),
    fit: fc.constantFrom('inside' as const, 'contain' as const, 'cover' as const, 'fill' as const),
    enlarge: fc.boolean(),
  });

  await fc.assert(
    fc.asyncProperty(side, side, options, async (width, height, { width: wide, height: high, fit, enlarge }) => {
      if (wide === undefined && high === undefined) return;
      const requested = { ...(wide ? { width: wide } : {}), ...(high ? { height: high } : {}), fit, enlarge };
      const whole = wide !== undefined && high !== undefined;
      const { info } = await sharp({ create: { width, height, channels: 3, background: '#888' } })
        .resize({ ...requested, fit: whole ? fit : 'inside', withoutEnlargement: !enlarge })
        .raw()
        .toBuffer({ resolveWithObject: true });

      const { final } = geometryOf({ width, height }, requested);

      t.same([final.width, final.height], [info.width, info.height], JSON.stringify({ width, height, requested }));
    }),
    {
      numRuns: 150,
      // Results that end in half a pixel.
      examples: [
        [45, 50, { width: undefined, height: 65, fit: 'cover', enlarge: true }],
        [60, 45, { width: 42, height: 69, fit: 'inside', enlarge: true }],
        [44, 66, { width: 41, height: undefined, fit: 'cover', enlarge: true }],
      ],
    },
  );
});

t.test('EXIF, comments and profiles go along unless they are to be removed', async (t) => {
  const tagged = jpeg(
    await sharp(await flag({ orientation: 6 }))
      .keepMetadata()
      .withExifMerge({ IFD0: { Make: 'camd' } })
      .toBuffer(),
  );

  const kept = await change(tagged, { ...OPTIONS, width: 24 }, byFfmpeg(pool));
  const bare = await change(tagged, { ...OPTIONS, width: 24, strip_metadata: true }, byFfmpeg(pool));

  t.match(readExif(kept.data), { orientation: 1, make: 'camd' });
  t.match(await sharp(kept.data).metadata(), { width: 24, height: 32 });
  t.same(readExif(bare.data), {});
});

t.test('a damaged picture is refused, and the next one is changed', async (t) => {
  const whole = await flag();
  const damaged = Buffer.from(whole);
  // A Huffman table of length 2: the decoder cannot go on.
  damaged.writeUInt16BE(2, damaged.indexOf(Buffer.from([0xff, 0xc4])) + 2);

  await t.rejects(change(jpeg(damaged), { ...OPTIONS, rotate: 90 }, byFfmpeg(pool)), {
    code: 'rejected',
    message: /it said/,
  });
  const next = await change(jpeg(whole), { ...OPTIONS, rotate: 90 }, byFfmpeg(pool));

  t.equal(await corner(next.data), 'top right');
});

t.test('several nodes that need one picture at once decode it once', async (t) => {
  const photo = await sharp({ create: { width: 640, height: 480, channels: 3, background: '#ff0000' } })
    .jpeg()
    .withExif({ IFD0: { Make: 'camd' } })
    .toBuffer();
  let decodes = 0;
  const counting: typeof sharp = Object.assign((...[input, options]: Parameters<typeof sharp>) => {
    if (input === photo) decodes++;
    return sharp(input, options);
  }, sharp);
  const means: Means = { sharp: async () => counting, lossless: undefined };
  const sizes: Partial<ChangeOptions>[] = [
    { width: 320 },
    { width: 100, rotate: 90 },
    { width: 64, height: 64, fit: 'cover' },
  ];

  const results = await Promise.all(
    sizes.map((size) => change(jpeg(photo, 640, 480), { ...OPTIONS, encoder: 'sharp', ...size }, means)),
  );

  t.equal(decodes, 1);
  t.same(
    results.map(({ width, height }) => [width, height]),
    [
      [320, 240],
      [100, 133],
      [64, 64],
    ],
  );
  for (const { data } of results) t.equal(readExif(data).make, 'camd');
  await change(jpeg(photo, 640, 480), { ...OPTIONS, encoder: 'sharp', width: 320 }, means);
  t.equal(decodes, 2, 'alone it is decoded and resized in one go');
});

t.test('the pool runs no more ffmpegs than its limit, and another size replaces an idle one', async (t) => {
  const log: string[] = [];
  const gates: (() => void)[] = [];
  const worker = (name: string): Worker => ({
    usable: () => true,
    async change(data) {
      await new Promise<void>((resolve) => gates.push(resolve));
      return data;
    },
    async stop() {
      log.push(`stop ${name}`);
    },
  });
  const two = createPool(2, async ([name = '']) => {
    log.push(`start ${name}`);
    return worker(name);
  });
  const picture = sampleJpeg({ seed: 1 });
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  const jobs = ['a', 'b', 'c', 'a'].map((name) => two.change([name], picture));
  await turn();
  t.same(log, ['start a', 'start b'], 'the others wait');
  while (gates.length > 0) {
    gates.shift()?.();
    await turn();
    await turn();
  }
  await Promise.all(jobs);

  t.equal(
    log.filter((line) => line.startsWith('start')).length,
    3 + log.filter((line) => line === 'start a').length - 1,
  );
  await two.stop();
  t.equal(log.filter((line) => line.startsWith('start')).length, log.filter((line) => line.startsWith('stop')).length);
  await t.rejects(two.change(['a'], picture), { code: 'transform-failed' });
});

t.test('a picture ends with its marker, wherever the pipe cuts it', async (t) => {
  const ends = (...chunks: string[]): boolean => endsPicture(chunks.map((chunk) => Buffer.from(chunk, 'hex')));

  t.ok(ends('ffd81234ffd9'));
  t.ok(ends('ffd8', '1234ffd9'));
  t.ok(ends('ffd81234ff', 'd9'));
  t.notOk(ends('ffd81234', 'd9'), 'a byte of its pixels');
  t.notOk(ends('ffd81234ff', 'd956'));
  t.notOk(ends('d9'));
  t.notOk(ends());
});

t.test('an ffmpeg without output is ended after its timeout', async (t) => {
  const { clock, advance } = manualClock();
  const deaf = await startWorker(['sleep', '600'], silent, clock);

  const result = deaf.change(await flag());
  const rejected = t.rejects(result, { code: 'transform-failed', message: /no picture within/ });
  await advance(MOST_MS);
  await rejected;

  t.equal(deaf.usable(), false);
  await deaf.stop();
});

t.test('the reason of an ffmpeg that ends is reported', async (t) => {
  const argv = [
    'ffmpeg',
    '-loglevel',
    'error',
    '-f',
    'mpjpeg',
    '-i',
    'pipe:0',
    '-c:v',
    'no-such-encoder',
    '-f',
    'mjpeg',
    'pipe:1',
  ];
  const picture = await flag();
  const worker = await startWorker(argv, silent, systemClock);

  await t.rejects(worker.change(picture), { code: 'transform-failed', message: /no-such-encoder/ });
  await worker.stop();
});

t.test('a missing program, encoder or device is named, with a remedy', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'camd-ffmpeg-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const program = join(folder, 'ffmpeg');
  const lists = (encoder: string): void => {
    writeFileSync(program, `#!/bin/sh\necho ' V....D ${encoder}   MJPEG'\n`);
    chmodSync(program, 0o755);
  };

  await t.rejects(findFfmpeg('ffmpeg', '', join(folder, 'nowhere')), {
    message: /needs the program ffmpeg.*apt install ffmpeg/,
  });
  lists('mjpeg');
  await t.rejects(findFfmpeg('vaapi', '/dev/dri/none', folder), {
    message: /has no encoder mjpeg_vaapi.*set encoder: ffmpeg/,
  });
  lists('mjpeg_vaapi');
  await t.rejects(findFfmpeg('vaapi', '/dev/dri/none', folder), {
    message: /needs \/dev\/dri\/none, which does not exist/,
  });
  t.equal(await findFfmpeg('vaapi', folder, folder), program);
  t.equal(await findFfmpeg('ffmpeg', '', folder), program);
});

t.test('a node with the encoder ffmpeg changes the frames of its camera', async (t) => {
  const camd = await run(
    t,
    dedent`
      camd: 1
      control: false
      pipeline:
        front: { use: source/test-pattern, mode: on_demand, linger: 0ms, size: 64x48 }
        small: { use: transform/image, from: front, width: 32, encoder: ffmpeg }
        latest: { use: cache/latest, from: small }
    `,
  );

  const frame = await camd.port('latest', 'stills').capture('front', AbortSignal.timeout(20_000));

  t.match(frame, { width: 32, height: 24, camera: 'front' });
});
