// A stroke font for drawn pictures: capitals, digits and signs, smooth at any size.

import { type Canvas, type Colour, distance } from './canvas.ts';

/** Strokes on a grid of 8 by 12, as hexadecimal x and y of their corners; "|" lifts the pen. */
const STROKES: Readonly<Record<string, string>> = {
  '0': '20 60 82 8a 6c 2c 0a 02 20',
  '1': '13 40 4c|1c 7c',
  '2': '02 20 60 82 84 0c 8c',
  '3': '02 20 60 82 84 66 36|66 88 8a 6c 2c 0a',
  '4': '6c 60 08 88',
  '5': '70 00 05 65 87 8a 6c 2c 0a',
  '6': '82 60 20 02 0a 2c 6c 8a 87 65 25 07',
  '7': '00 80 3c',
  '8': '26 04 02 20 60 82 84 66 26 08 0a 2c 6c 8a 88 66',
  '9': '0a 2c 6c 8a 82 60 20 02 05 27 67 85',
  A: '0c 03 30 50 83 8c|08 88',
  B: '00 0c 6c 8a 88 66 06|66 84 82 60 00',
  C: '82 60 20 02 0a 2c 6c 8a',
  D: '00 0c 5c 89 83 50 00',
  E: '80 00 0c 8c|06 66',
  F: '80 00 0c|06 66',
  G: '82 60 20 02 0a 2c 6c 8a 87 57',
  H: '00 0c|80 8c|06 86',
  I: '40 4c|20 60|2c 6c',
  J: '80 8a 6c 2c 0a',
  K: '00 0c|80 07|35 8c',
  L: '00 0c 8c',
  M: '0c 00 46 80 8c',
  N: '0c 00 8c 80',
  O: '20 60 82 8a 6c 2c 0a 02 20',
  P: '0c 00 60 82 85 67 07',
  Q: '20 60 82 8a 6c 2c 0a 02 20|59 8c',
  R: '0c 00 60 82 85 67 07|47 8c',
  S: '82 60 20 02 04 26 66 88 8a 6c 2c 0a',
  T: '00 80|40 4c',
  U: '00 0a 2c 6c 8a 80',
  V: '00 4c 80',
  W: '00 2c 46 6c 80',
  X: '00 8c|80 0c',
  Y: '00 46 80|46 4c',
  Z: '00 80 0c 8c',
  ' ': '',
  ':': '43 43|49 49',
  '.': '4c 4c',
  ',': '4b 3d',
  '-': '16 76',
  _: '0c 8c',
  '/': '80 0c',
  '(': '60 33 39 6c',
  ')': '20 53 59 2c',
  '#': '31 2b|71 6b|04 84|08 88',
  '+': '43 49|16 76',
  '=': '14 74|18 78',
  '!': '40 47|4c 4c',
  '?': '02 20 60 82 84 46 48|4c 4c',
  "'": '40 43',
  '×': '23 69|63 29',
  '·': '46 46',
};
/** The replacement for a character that the font lacks. */
const BOX = '00 80 8c 0c 00';

export interface Text {
  readonly x: number;
  /** Y of the top of capitals. */
  readonly y: number;
  /** Height of capitals, pixels. */
  readonly size: number;
  readonly ink: Colour;
}

/** Pixels from one character to the next, all equal, so that a running clock does not shift. */
export const advance = (size: number): number => Math.round(size * 0.92);

/** Draws text; each character's shape is computed once. Lower-case letters are drawn as capitals. */
export function createPen(canvas: Canvas): (text: string, place: Text) => void {
  const masks = new Map<string, Mask>();
  return (text, { x, y, size, ink }) => {
    [...text.toUpperCase()].forEach((character, index) => {
      const key = `${character}${size}`;
      const mask = masks.get(key) ?? makeMask(STROKES[character] ?? BOX, size);
      if (masks.size < 512) masks.set(key, mask);
      const left = Math.round(x) + index * advance(size) - mask.margin;
      const top = Math.round(y) - mask.margin;
      for (let row = 0, at = 0; at < mask.alpha.length; row++) {
        for (let column = 0; column < mask.width; column++, at++) {
          const alpha = mask.alpha[at] ?? 0;
          if (alpha > 0) canvas.blend(left + column, top + row, ink, alpha);
        }
      }
    });
  };
}

interface Mask {
  readonly width: number;
  readonly margin: number;
  readonly alpha: Float32Array;
}

function makeMask(strokes: string, size: number): Mask {
  const unit = size / 12;
  const radius = Math.max(0.6, size * 0.062);
  const margin = Math.ceil(radius + 1);
  const width = Math.ceil(8 * unit) + 2 * margin + 1;
  const height = Math.ceil(13 * unit) + 2 * margin + 1;
  const alpha = new Float32Array(width * height);
  for (const stroke of strokes === '' ? [] : strokes.split('|')) {
    const corners = stroke
      .split(' ')
      .map((pair) => [Number.parseInt(pair[0] ?? '0', 16), Number.parseInt(pair[1] ?? '0', 16)]);
    corners.slice(1).forEach(([x1 = 0, y1 = 0], index) => {
      const [x0 = 0, y0 = 0] = corners[index] ?? [];
      for (let at = 0; at < alpha.length; at++) {
        const x = (at % width) - margin;
        const y = Math.floor(at / width) - margin;
        const far = distance(x, y, x0 * unit, y0 * unit, x1 * unit, y1 * unit);
        // Dots of colons and full stops are larger than lines.
        const thick = x0 === x1 && y0 === y1 ? radius * 1.5 : radius;
        alpha[at] = Math.max(alpha[at] ?? 0, Math.min(1, thick + 0.5 - far));
      }
    });
  }
  return { width, margin, alpha };
}
