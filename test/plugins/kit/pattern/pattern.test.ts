// The drawn test picture and its encoder, checked by a strict decoder.

import { createHash } from 'node:crypto';
import sharp from 'sharp';
import t from 'tap';
import { HEADROOM } from '../../../../core/contract/frame.ts';
import { recognise } from '../../../../plugins/kit/image/recognise.ts';
import { createPattern } from '../../../../plugins/kit/pattern/pattern.ts';

const NOON = Date.UTC(2026, 0, 2, 12);

for (const [width, height] of [
  [1280, 720],
  [321, 241],
  [64, 48],
] as const) {
  t.test(`a strict decoder accepts every picture of ${width}x${height}`, async (t) => {
    const draw = createPattern({ width, height, name: 'Front door, ümläut & a very long name indeed' });

    for (let number = 0; number < 5; number++) {
      const picture = draw(number, NOON + number * 40, 25);
      t.match(recognise(picture), { type: 'image/jpeg', width, height, length: picture.length });
      t.equal(picture.byteOffset, HEADROOM, 'headroom for framing');
      const { info } = await sharp(picture, { failOn: 'warning' }).raw().toBuffer({ resolveWithObject: true });
      t.match(info, { width, height, channels: 3 });
    }
  });
}

t.test('a picture drawn after others equals one drawn first', async (t) => {
  const options = { width: 640, height: 360, name: 'yard' };
  const used = createPattern(options);
  for (let number = 0; number < 20; number++) used(number, NOON + number * 1733, 30);

  const later = used(20, NOON + 61_000, 30);

  t.ok(later.equals(createPattern(options)(20, NOON + 61_000, 30)), 'no remains of earlier pictures');
});

t.test('the colour bars have the standard colours', async (t) => {
  const picture = createPattern({ width: 1280, height: 720, name: 'bars' })(0, NOON, 30);
  const { data } = await sharp(picture).raw().toBuffer({ resolveWithObject: true });
  const at = (x: number) => [...data.subarray((100 * 1280 + x) * 3, (100 * 1280 + x) * 3 + 3)];
  const near = (found: readonly number[], wanted: readonly number[]) =>
    found.every((value, index) => Math.abs(value - (wanted[index] ?? 0)) < 6);

  t.ok(near(at(80), [191, 191, 191]));
  t.ok(near(at(280), [191, 191, 0]));
  t.ok(near(at(1000), [191, 0, 0]));
  t.ok(near(at(1200), [0, 0, 191]));
});

/** The pixels of a picture. */
async function pixelsOf(picture: Buffer): Promise<(x: number, y: number) => readonly [number, number, number]> {
  const { data, info } = await sharp(picture).raw().toBuffer({ resolveWithObject: true });
  return (x, y) => {
    const at = (y * info.width + x) * 3;
    return [data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0];
  };
}

const isOrange = ([r, g, b]: readonly [number, number, number]): boolean => r > 200 && g > 100 && g < 200 && b < 120;

t.test('the hand turns once per minute, and the runner moves from left to right every two seconds', async (t) => {
  const draw = createPattern({ width: 1280, height: 720, name: 'hand' });
  // The dial at this size: its centre and a point half-way to its edge.
  const [x, y, half] = [1073, 482, 78];
  for (const [seconds, across, down] of [
    [0, 0, -1],
    [15, 1, 0],
    [30, 0, 1],
    [45, -1, 0],
  ] as const) {
    const pixel = await pixelsOf(draw(seconds, NOON + seconds * 1000, 1));

    const hands = [
      [0, -1],
      [1, 0],
      [0, 1],
      [-1, 0],
    ] as const;
    const found = hands.filter(([dx, dy]) => isOrange(pixel(x + dx * half, y + dy * half)));
    t.same(found, [[across, down]], `after ${seconds} s`);
  }
  const starts: number[] = [];
  for (const ms of [0, 500, 1000, 1500, 1999]) {
    const pixel = await pixelsOf(draw(100, NOON + ms, 1));
    let start = 0;
    while (start < 1280 && !isOrange(pixel(start, 681))) start++;
    starts.push(start);
  }
  const [first = 0, ...rest] = starts;
  t.ok(first >= 44 && first <= 51, `it starts at the left margin, ${first}`);
  const steps = [0.25, 0.5, 0.75, 1].map((part) => first + part * (1280 - 2 * 51) * (7 / 8));
  for (const [index, step] of steps.entries())
    t.ok(Math.abs((rest[index] ?? 0) - step) < 4, `${rest[index]} of ${step}`);
});

/** In the zone of the machine, so that the clock in the picture shows the same everywhere. */
const AFTERNOON = new Date(2026, 0, 2, 13, 4, 5, 678).getTime();

for (const { width, height, name, fps, digests } of [
  { width: 1280, height: 720, name: 'Front door', fps: 25, digests: ['75462ce814879bfb', '89bb305afd8929a9'] },
  {
    ...{ width: 321, height: 241, name: 'Türe, a very long name indeed', fps: 12.5 },
    digests: ['a5544226dee500cc', 'cffd732a0fcee534'],
  },
  { width: 64, height: 48, name: 'x', fps: 30, digests: ['e0c2985846f405da', '9fd2e2ee398f5bb3'] },
  { width: 1600, height: 320, name: 'wide', fps: 30, digests: ['37b2cd11d807fa77', '317c13dce9dfd4b4'] },
  { width: 240, height: 640, name: 'tall', fps: 1, digests: ['01da7d51e14a279e', '146f2eeda23b48fb'] },
]) {
  t.test(`the picture of ${width}x${height} equals the known one to the last bit`, (t) => {
    const draw = createPattern({ width, height, name });

    const pictures = [draw(1_234_567, AFTERNOON, fps), draw(1_234_568, AFTERNOON + 17_345, fps)];

    const found = pictures.map((picture) => createHash('sha256').update(picture).digest('hex').slice(0, 16));
    t.same(found, digests, 'after an intended change, check the picture and update its digest here');
    t.end();
  });
}
