// The canvas of the test picture: pixels of shapes are drawn at their places, and the changed units are marked.

import t from 'tap';
import { type Canvas, type Colour, colour, createCanvas, distance } from '../../../../plugins/kit/pattern/canvas.ts';

const INK: Colour = [200, 60, 220];

/** A canvas without changed units. */
function clean(width: number, height: number): Canvas {
  const canvas = createCanvas(width, height);
  canvas.changed.fill(0);
  return canvas;
}

/** The places where a plane differs from `ground`, as "x,y". */
function drawn(plane: Uint8Array, stride: number, ground: number): string[] {
  return [...plane.entries()]
    .filter(([, value]) => value !== ground)
    .map(([at]) => `${at % stride},${Math.floor(at / stride)}`);
}

/** All places of a rectangle, in the format of `drawn`. */
function places(left: number, top: number, right: number, bottom: number): string[] {
  const found: string[] = [];
  for (let y = top; y < bottom; y++) for (let x = left; x < right; x++) found.push(`${x},${y}`);
  return found;
}

t.test('colours have the luminance and the colour differences of JFIF', (t) => {
  const rounded = (rgb: number): number[] => colour(rgb).map(Math.round);

  t.same(rounded(0x000000), [0, 128, 128]);
  t.same(rounded(0xffffff), [255, 128, 128]);
  t.same(rounded(0xff0000), [76, 85, 255]);
  t.same(rounded(0x00ff00), [150, 44, 21]);
  t.same(rounded(0x0000ff), [29, 255, 107]);
  t.same(rounded(0x010203), [2, 129, 127]);
  t.end();
});

t.test('planes are padded to whole units of 16 pixels, black, and marked for encoding', (t) => {
  const canvas = createCanvas(33, 16);

  t.match(canvas, { width: 33, height: 16, across: 3, down: 1 });
  t.same(
    canvas.planes.map((plane) => plane.length),
    [48 * 16, 24 * 8, 24 * 8],
  );
  t.same([...new Set(canvas.planes[0])], [0]);
  t.same([...new Set(canvas.planes[1]), ...new Set(canvas.planes[2])], [128, 128]);
  t.same([...canvas.changed], [1, 1, 1]);
  t.end();
});

t.test('a rectangle fills only its own pixels, in all three planes', (t) => {
  const canvas = clean(64, 48);

  canvas.fill(18, 20, 10, 4, INK);

  const [luminance, blue, red] = canvas.planes;
  t.same(drawn(luminance, 64, 0), places(18, 20, 28, 24));
  t.same(drawn(blue, 32, 128), places(9, 10, 14, 12));
  t.same(drawn(red, 32, 128), places(9, 10, 14, 12));
  t.same([luminance[20 * 64 + 18], blue[10 * 32 + 9], red[10 * 32 + 9]], INK);
  t.same(
    [...canvas.changed.keys()].filter((unit) => canvas.changed[unit] === 1),
    [5],
  );
  t.end();
});

t.test('a rectangle is rounded outwards and cut at the edges of the planes', (t) => {
  const canvas = clean(40, 20);

  canvas.fill(3.5, 2.5, 2, 1, INK);
  t.same(drawn(canvas.planes[0], 48, 0), places(3, 2, 6, 4));

  const corner = clean(40, 20);
  corner.fill(-5, -7, 9, 11, INK);
  t.same(drawn(corner.planes[0], 48, 0), places(0, 0, 4, 4));

  const end = clean(40, 20);
  end.fill(44, 28, 100, 100, INK);
  t.same(drawn(end.planes[0], 48, 0), places(44, 28, 48, 32), 'the padding is drawn too');
  t.same([...end.changed], [0, 0, 0, 0, 0, 1]);
  t.end();
});

t.test('a rectangle marks every unit that it touches, and no unit after its last pixel', (t) => {
  const marked = (x: number, y: number, width: number, height: number): number[] => {
    const canvas = clean(64, 64);
    canvas.fill(x, y, width, height, INK);
    return [...canvas.changed.keys()].filter((unit) => canvas.changed[unit] === 1);
  };

  t.same(marked(0, 0, 16, 16), [0]);
  t.same(marked(0, 0, 17, 17), [0, 1, 4, 5]);
  t.same(marked(16, 16, 32, 16), [5, 6]);
  t.same(marked(15, 31, 2, 2), [4, 5, 8, 9]);
  t.same(marked(48, 48, 16, 16), [15]);
  for (const [x, y, width, height] of [
    [64, 0, 5, 5],
    [0, 64, 5, 5],
    [-5, 0, 5, 5],
    [0, -5, 5, 5],
    [20, 20, 0, 4],
    [20, 20, 4, 0],
  ] as const)
    t.same(marked(x, y, width, height), [], `${x} ${y} ${width} ${height}`);
  t.end();
});

t.test('a pixel is blended with the existing one; colours are blended only at even places', (t) => {
  const canvas = clean(32, 32);
  canvas.planes[0].fill(100);

  canvas.blend(20, 18, INK, 0.25);
  canvas.blend(21, 18, INK, 0.5);
  canvas.blend(20, 19, INK, 1);

  const [luminance, blue, red] = canvas.planes;
  t.equal(luminance[18 * 32 + 20], 125);
  t.equal(luminance[18 * 32 + 21], 150);
  t.equal(luminance[19 * 32 + 20], 200);
  t.same(drawn(luminance, 32, 100), ['20,18', '21,18', '20,19']);
  t.same([drawn(blue, 16, 128), drawn(red, 16, 128)], [['10,9'], ['10,9']]);
  t.same([blue[9 * 16 + 10], red[9 * 16 + 10]], [128 * 0.75 + 60 * 0.25, 128 * 0.75 + 220 * 0.25]);
  t.same([...canvas.changed], [0, 0, 0, 1]);
  t.end();
});

t.test('pixels at the edges of the planes are drawn, those outside are not', (t) => {
  const canvas = clean(32, 16);

  for (const [x, y] of [
    [-1, 0],
    [0, -1],
    [32, 0],
    [0, 16],
  ] as const)
    canvas.blend(x, y, INK, 1);

  t.same(drawn(canvas.planes[0], 32, 0), []);
  t.same([...canvas.changed], [0, 0]);
  canvas.blend(0, 0, INK, 1);
  t.same([...canvas.changed], [1, 0]);
  canvas.blend(31, 15, INK, 1);
  t.same(drawn(canvas.planes[0], 32, 0), ['0,0', '31,15']);
  t.same([...canvas.changed], [1, 1]);
  t.end();
});

t.test('a line has the given thickness, round ends and smooth edges', (t) => {
  const canvas = clean(64, 32);

  canvas.line(20, 10, 40, 10, 5, INK);

  const at = (x: number, y: number): number | undefined => canvas.planes[0][y * 64 + x];
  t.same(
    [8, 9, 10, 11, 12].map((y) => at(30, y)),
    [200, 200, 200, 200, 200],
    'five pixels across',
  );
  t.same([at(30, 7), at(30, 13)], [0, 0]);
  t.same([at(18, 10), at(17, 10), at(42, 10), at(43, 10)], [200, 0, 200, 0], 'the ends extend by half the thickness');
  const edge = 2.5 + 0.5 - Math.hypot(2, 2);
  t.same([at(18, 8), at(42, 12)], [Math.round(200 * edge), Math.round(200 * edge)], 'corners are rounded');
  t.equal(at(17, 9), 0);
  t.same([...canvas.changed], [0, 1, 1, 0, 0, 0, 0, 0]);
  t.end();
});

t.test('a line in any direction covers exactly the pixels near it', (t) => {
  for (const [x0, y0, x1, y1, thickness] of [
    [5, 28, 50, 3, 4],
    [50, 3, 5, 28, 4],
    [-6, 10, 70, 20, 3],
    [30, -9, 33, 50, 7],
    [10, 10, 10, 10, 9],
  ] as const) {
    const canvas = clean(64, 32);
    const wanted: string[] = [];
    const units = new Set<number>();
    for (let y = 0; y < 32; y++) {
      for (let x = 0; x < 64; x++) {
        const alpha = thickness / 2 + 0.5 - distance(x, y, x0, y0, x1, y1);
        if (alpha > 0) units.add((y >> 4) * 4 + (x >> 4));
        if (Math.round(200 * Math.min(1, alpha)) > 0) wanted.push(`${x},${y}`);
      }
    }

    canvas.line(x0, y0, x1, y1, thickness, INK);

    t.same(drawn(canvas.planes[0], 64, 0), wanted);
    t.same(
      [...canvas.changed.keys()].filter((unit) => canvas.changed[unit] === 1),
      [...units].sort((a, b) => a - b),
    );
  }
  t.end();
});

t.test('the distance to a segment is that to its nearest point', (t) => {
  t.equal(distance(5, 3, 0, 0, 10, 0), 3, 'beside the segment');
  t.equal(distance(-3, 4, 0, 0, 10, 0), 5, 'before its start');
  t.equal(distance(14, 3, 0, 0, 10, 0), 5, 'behind its end');
  t.equal(distance(5, -1, 2, 3, 2, 9), 5, 'before the start of a vertical one');
  t.equal(distance(5, 7, 2, 3, 2, 3), 5, 'a point');
  t.ok(Math.abs(distance(4, 2, 1, 1, 5, 5) - Math.SQRT2) < 1e-12, 'slanting');
  t.end();
});

t.test('a rectangle is restored from another canvas, whole colour samples at its edges included', (t) => {
  const still = createCanvas(64, 32);
  still.planes[0].fill(7);
  still.planes[1].fill(8);
  still.planes[2].fill(9);
  const canvas = clean(64, 32);

  canvas.restore(still, 21, 5, 6, 3);

  const [luminance, blue, red] = canvas.planes;
  t.same(drawn(luminance, 64, 0), places(20, 4, 28, 9));
  t.same(drawn(blue, 32, 128), places(10, 2, 14, 4));
  t.same(drawn(red, 32, 128), places(10, 2, 14, 4));
  t.same([luminance[4 * 64 + 20], blue[2 * 32 + 10], red[2 * 32 + 10]], [7, 8, 9]);
  t.same([...canvas.changed], [0, 1, 0, 0, 0, 0, 0, 0]);

  canvas.restore(still, -4, -4, 100, 100);
  t.same(canvas.planes, still.planes);
  t.same([...canvas.changed], [1, 1, 1, 1, 1, 1, 1, 1]);
  t.end();
});
