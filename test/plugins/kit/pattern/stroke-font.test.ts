// The stroke font of the test picture: characters as pixels, at the requested place and size.

import t from 'tap';
import { type Canvas, createCanvas } from '../../../../plugins/kit/pattern/canvas.ts';
import { advance, createPen } from '../../../../plugins/kit/pattern/stroke-font.ts';
import { dedent } from '../../../support/dedent.ts';

/** "#" where the ink covers at least half of a pixel, "+" where it covers some of it. */
function art(canvas: Canvas, left: number, top: number, right: number, bottom: number): string {
  const rows: string[] = [];
  for (let y = top; y < bottom; y++) {
    const row = canvas.planes[0].subarray(y * canvas.across * 16 + left, y * canvas.across * 16 + right);
    rows.push([...row].map((value) => (value > 125 ? '#' : value > 25 ? '+' : '.')).join(''));
  }
  return `${rows.join('\n')}\n`;
}

function written(text: string, size: number, x = 4, y = 4): Canvas {
  const canvas = createCanvas(64, 32);
  createPen(canvas)(text, { x, y, size, ink: [250, 128, 128] });
  return canvas;
}

t.test('digits, capitals and signs are readable, with capitals of the requested height', (t) => {
  t.equal(
    art(written('7K:', 12), 2, 3, 33, 18),
    dedent`
      ..+++++++++..+.......+.........
      .+#########++#+.....##+........
      ..+++++++##.+#+....##+.........
      ........+#+.+#+..+##+......+#+.
      ........##..+#+.+##+.......###.
      ........##..+#++##+........+#+.
      .......+#+..+#+##+.............
      .......##...+#####+............
      ......+#+...+##..##............
      ......##....+#+..+##.......+#+.
      ......##....+#+...##+......###.
      .....+#+....+#+....##......+#+.
      .....##.....+#+....+##.........
      ....+#+.....+#+.....+#+........
      .....+.......+.......+.........
    `,
  );
  t.equal(
    art(written('g,#', 12), 2, 3, 36, 19),
    dedent`
      ....+++++.........................
      ...#######.................+...+..
      ..###+++###...............+#+.+#+.
      .+##.....##+..............+#+.+#+.
      .+#+......+.............+++#+++#+.
      .+#+...................+#########+
      .+#+....................++##++##+.
      .+#+...++++...............##..##..
      .+#+..+####+............++##++##+.
      .+#+...+++#+...........+#########+
      .+#+.....+#+............++#+++#++.
      .+##.....##+.....+.......+#+.+#+..
      ..###+++###.....+#+......+#+.+#+..
      ...#######......##........+...+...
      ....+++++......+#+................
      ................+.................
    `,
    'lower case is written in capitals',
  );
  t.end();
});

t.test('a missing character is drawn as a box of the same size, with strokes scaled to the size', (t) => {
  t.equal(
    art(written('×ü', 24), 6, 2, 46, 31),
    dedent`
      ........................................
      ...................###################..
      ...................###################..
      ...................###################..
      ...................###.............###..
      ...................###.............###..
      ...................###.............###..
      .###.....###.......###.............###..
      .###+...+###.......###.............###..
      .####...####.......###.............###..
      ..####.####........###.............###..
      ..+###+###+........###.............###..
      ...#######.........###.............###..
      ....#####..........###.............###..
      ....+###+..........###.............###..
      ....#####..........###.............###..
      ...#######.........###.............###..
      ..+###+###+........###.............###..
      ..####.####........###.............###..
      .####...####.......###.............###..
      .###+...+###.......###.............###..
      .###.....###.......###.............###..
      ...................###.............###..
      ...................###.............###..
      ...................###.............###..
      ...................###################..
      ...................###################..
      ...................###################..
      ........................................
    `,
  );
  t.end();
});

t.test('characters are placed at equal distances from the rounded position, also where they are clipped', (t) => {
  t.equal(advance(12), 11);
  t.equal(advance(24), 22);
  const shifted = (x: number, y: number): string => art(written('I', 12, x, y), 20, 10, 40, 30);

  t.equal(shifted(21, 11), art(written('I', 12), 3, 3, 23, 23));
  t.equal(shifted(20.6, 11.4), shifted(21, 11));
  t.equal(art(written('  I', 12), 20, 0, 50, 32), art(written('I', 12, 26), 20, 0, 50, 32));
  t.equal(art(written('I', 12, -4, -3), 0, 0, 20, 20), art(written('I', 12, 4, 4), 8, 7, 28, 27));
  t.end();
});

t.test('one pen writes in several sizes', (t) => {
  const canvas = createCanvas(64, 32);
  const pen = createPen(canvas);

  pen('A', { x: 4, y: 4, size: 12, ink: [250, 128, 128] });
  pen('A', { x: 30, y: 4, size: 20, ink: [250, 128, 128] });

  t.equal(art(canvas, 0, 0, 20, 32), art(written('A', 12), 0, 0, 20, 32));
  t.equal(art(canvas, 20, 0, 64, 32), art(written('A', 20, 30), 20, 0, 64, 32));
  t.end();
});
