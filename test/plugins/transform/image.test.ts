// transform/image: its results, untouched and refused pictures, and its pace.

import sharp from 'sharp';
import t from 'tap';
import type { Frame } from '../../../core/contract/plugin.ts';
import { type ChangeOptions, change, type Means, needsPixels } from '../../../plugins/transform/image/change.ts';
import { dedent } from '../../support/dedent.ts';
import { corner, flag } from '../../support/flag.ts';
import { type Running, run } from '../../support/harness.ts';
import { sampleJpeg } from '../../support/jpeg.ts';
import { until } from '../../support/until.ts';

const OPTIONS: ChangeOptions = {
  fit: 'inside',
  enlarge: false,
  rotate: 0,
  rotate_by: 'lossless',
  flip: 'none',
  format: 'keep',
  strip_metadata: false,
  max_pixels: 50_000_000,
  encoder: 'sharp',
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
const means: Means = { sharp: async () => sharp, lossless: undefined };

t.test('pictures are turned clockwise, mirrored, fitted and encoded as configured', async (t) => {
  const image = jpeg(await flag());
  const cases: [Partial<ChangeOptions>, number, number, string][] = [
    [{ rotate: 90 }, 48, 64, 'top right'],
    [{ rotate: 180 }, 64, 48, 'bottom right'],
    [{ rotate: 270 }, 48, 64, 'bottom left'],
    [{ flip: 'horizontal' }, 64, 48, 'top right'],
    [{ flip: 'vertical' }, 64, 48, 'bottom left'],
    [{ flip: 'both' }, 64, 48, 'bottom right'],
    [{ rotate: 90, flip: 'horizontal' }, 48, 64, 'top left'],
    [{ width: 32 }, 32, 24, 'top left'],
    [{ width: 32, height: 32 }, 32, 24, 'top left'],
    [{ width: 32, height: 32, fit: 'fill' }, 32, 32, 'top left'],
    [{ width: 128, enlarge: true }, 128, 96, 'top left'],
    [{ rotate: 90, width: 24 }, 24, 32, 'top right'],
    [{ rotate: 270, flip: 'horizontal', width: 24 }, 24, 32, 'bottom right'],
    [{ rotate: 90, width: 32, height: 32, fit: 'cover' }, 32, 32, 'top right'],
    [{ width: 32, encoding: 'fast' }, 32, 24, 'top left'],
  ];

  for (const [options, width, height, where] of cases) {
    const result = await change(image, { ...OPTIONS, ...options }, means);

    const label = JSON.stringify(options);
    t.match(result, { width, height, type: 'image/jpeg' }, label);
    t.match(await sharp(result.data).metadata(), { width, height, format: 'jpeg' }, label);
    t.equal(await corner(result.data), where, label);
  }
  const png = await change(image, { ...OPTIONS, format: 'png' }, means);
  t.match(png, { type: 'image/png', width: 64 });
  t.equal((await sharp(png.data).metadata()).format, 'png');
  const coarse = await change(image, { ...OPTIONS, quality: 5 }, means);
  t.ok(coarse.data.length < image.data.length);
});

t.test('a picture that needs no change passes as it is, the very same object', async (t) => {
  const image = jpeg(await flag());
  const never = async (): Promise<never> => t.fail('sharp is not needed') as never;

  for (const options of [
    {},
    { width: 64 },
    { width: 1000, height: 1000 },
    { format: 'jpeg' as const },
    { height: 48, fit: 'cover' as const },
  ]) {
    t.equal(
      await change(image, { ...OPTIONS, ...options }, { sharp: never, lossless: undefined }),
      image,
      JSON.stringify(options),
    );
  }
});

t.test('metadata is removed without loss, and the picture stays upright', async (t) => {
  const bare = sampleJpeg({ seed: 3 });
  const talkative = jpeg(sampleJpeg({ seed: 3, thumbnail: true, comment: Buffer.from('taken at home') }));

  const stripped = await change(talkative, { ...OPTIONS, strip_metadata: true }, means);

  t.ok(stripped.data.equals(bare));
  const lying = jpeg(await flag({ orientation: 6 }));
  const kept = await change(lying, { ...OPTIONS, quality: 90 }, means);
  t.match(await sharp(kept.data).metadata(), { width: 48, height: 64 });
  t.equal(await corner(kept.data), 'top right');
  t.ok([undefined, 1].includes((await sharp(kept.data).metadata()).orientation), 'it is not turned twice');
  const mirrored = await change(lying, { ...OPTIONS, flip: 'horizontal' }, means);
  t.equal(await corner(mirrored.data), 'top left');
  const upright = await change(lying, { ...OPTIONS, strip_metadata: true }, means);
  t.equal(await corner(upright.data), 'top right');
  t.equal((await sharp(upright.data).metadata()).exif, undefined);
});

t.test('truncated pictures and bombs are refused with a reason', async (t) => {
  const whole = await flag();
  const bomb = await sharp({ create: { width: 2000, height: 2000, channels: 3, background: '#fff' } })
    .png()
    .toBuffer();

  await t.rejects(change(jpeg(whole.subarray(0, whole.length / 2)), { ...OPTIONS, rotate: 90 }, means), {
    code: 'rejected',
  });
  await t.rejects(change(jpeg(Buffer.from('no picture')), { ...OPTIONS, rotate: 90 }, means), { code: 'rejected' });
  const claims = { ...jpeg(bomb, 2000, 2000), type: 'image/png' as const };
  await t.rejects(change(claims, { ...OPTIONS, rotate: 90, max_pixels: 1_000_000 }, means), { code: 'rejected' });
  const lies = { ...claims, width: 10, height: 10 };
  await t.rejects(change(lies, { ...OPTIONS, rotate: 90, max_pixels: 1_000_000 }, means), { code: 'rejected' });
});

t.test('a change of pixels is predicted without decoding them', async (t) => {
  const image = jpeg(await flag({ orientation: 6 }));

  t.equal(needsPixels(image, { ...OPTIONS, width: 48 }), false, 'upright it is 48 wide');
  t.equal(needsPixels(image, { ...OPTIONS, width: 47 }), true);
});

const PROFILE = dedent`
  camd: 1
  control: false
  pipeline:
    front: { use: source/test-pattern, mode: on_demand, linger: 0ms, size: 64x48 }
    small: { use: transform/image, from: front, width: 32 }
    a: { use: cache/latest, from: small }
    b: { use: cache/latest, from: small }
`;

const picture = (seed: number, data = sampleJpeg({ seed })): Frame => ({
  ...jpeg(data),
  camera: 'up',
  key: String(seed),
  seq: seed,
  time: seed,
  arrived: 0,
  meta: { topic: 'x' },
});
const emitter = (camd: Running) => camd.output('front').open().output;

t.test('a frame is changed once for all consumers, and keeps its number, time and facts', async (t) => {
  const camd = await run(t, PROFILE);

  await emitter(camd).emit(picture(7), true);

  const a = camd.port('a', 'stills').latest('up')?.frame;
  t.match(a, { width: 32, height: 24, seq: 7, time: 7, meta: { topic: 'x' } });
  t.equal(a, camd.port('b', 'stills').latest('up')?.frame);
});

t.test('for a source that waits, every frame is changed in order, and refusals are reported to it', async (t) => {
  const camd = await run(t, PROFILE);
  const output = emitter(camd);
  const { port } = camd;
  const seen: number[] = [];
  const watch = (async () => {
    for (let after = 0; after < 5; ) {
      const frame = await port('a', 'stills').next('up', after, AbortSignal.timeout(20_000));
      after = frame.seq;
      seen.push(after);
    }
  })();

  await Promise.all([1, 2, 3, 4, 5].map((seq) => output.emit(picture(seq), true)));
  await watch;

  t.same(seen, [1, 2, 3, 4, 5]);
  const torn = picture(6).data.subarray(0, 300);
  await t.rejects(output.emit(picture(6, torn), true), { code: 'rejected' });
});

t.test('for a camera that does not wait, the newest frame is changed, and skipped ones are counted', async (t) => {
  const camd = await run(t, PROFILE);
  const output = emitter(camd);

  for (let seq = 1; seq <= 50; seq++) void output.emit(picture(seq));
  await until(() => camd.port('a', 'stills').latest('up')?.frame.seq === 50, 'the newest frame');

  const { framesOut, skipped } = camd.status('small');
  t.equal(framesOut + skipped, 50);
  t.ok(framesOut < 50);
});

t.test('a capture on demand passes through the transform', async (t) => {
  const camd = await run(t, PROFILE);

  const frame = await camd.port('a', 'stills').capture('front', AbortSignal.timeout(20_000));

  t.match(frame, { width: 32, height: 24, camera: 'front' });
});

t.test('on demand nothing is changed until a viewer connects, which gets the newest frame at once', async (t) => {
  const camd = await run(t, PROFILE.replace('width: 32', 'width: 32, mode: on_demand'));
  const output = emitter(camd);
  for (let seq = 1; seq <= 3; seq++) void output.emit(picture(seq));
  t.equal(camd.status('small').framesOut, 0);
  t.equal(camd.port('a', 'stills').onDemand('up'), true, 'it can be requested');

  const release = camd.output('small').want('up');
  t.teardown(release);

  await until(() => camd.port('a', 'stills').latest('up')?.frame.seq === 3, 'the newest frame');
  t.equal(camd.status('small').framesOut, 1);
});
