// The drawn test picture and its encoder, checked by a strict decoder.

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
      t.equal(picture.byteOffset, HEADROOM, 'there is room for framing');
      const { info } = await sharp(picture, { failOn: 'warning' }).raw().toBuffer({ resolveWithObject: true });
      t.match(info, { width, height, channels: 3 });
    }
  });
}

t.test('a picture drawn after others is the one that is drawn at once', async (t) => {
  const options = { width: 640, height: 360, name: 'yard' };
  const used = createPattern(options);
  for (let number = 0; number < 20; number++) used(number, NOON + number * 1733, 30);

  const later = used(20, NOON + 61_000, 30);

  t.ok(later.equals(createPattern(options)(20, NOON + 61_000, 30)), 'nothing of the pictures before is left');
});

t.test('the colour bars have the colours of colour bars', async (t) => {
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
