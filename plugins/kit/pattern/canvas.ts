// A canvas of one luminance and two half-size colour planes that records which blocks changed.

/** Luminance and the two colour differences, 0 to 255 (JFIF). */
export type Colour = readonly [y: number, cb: number, cr: number];

/** 0xrrggbb → luminance and colour differences (JFIF 1.02). */
export function colour(rgb: number): Colour {
  const r = rgb >> 16;
  const g = (rgb >> 8) & 0xff;
  const b = rgb & 0xff;
  const y = 0.299 * r + 0.587 * g + 0.114 * b;
  return [y, (b - y) * 0.564 + 128, (r - y) * 0.713 + 128];
}

export interface Canvas {
  readonly width: number;
  readonly height: number;
  /** Units of 16x16 pixels across and down; planes are padded up to whole units. */
  readonly across: number;
  readonly down: number;
  /** Luminance, `across * 16` wide; colour differences, `across * 8` wide. */
  readonly planes: readonly [Uint8Array, Uint8Array, Uint8Array];
  /** One per unit: 1 where it changed since it was last encoded. */
  readonly changed: Uint8Array;
  fill(x: number, y: number, width: number, height: number, ink: Colour): void;
  /** Blends ink over one pixel; `alpha` from 0 to 1. */
  blend(x: number, y: number, ink: Colour, alpha: number): void;
  /** A line with round ends, smooth at its edges. */
  line(x0: number, y0: number, x1: number, y1: number, thickness: number, ink: Colour): void;
  /** Restores a rectangle from another canvas of the same size. */
  restore(from: Canvas, x: number, y: number, width: number, height: number): void;
}

export function createCanvas(width: number, height: number): Canvas {
  const across = Math.ceil(width / 16);
  const down = Math.ceil(height / 16);
  const stride = across * 16;
  const planes = [
    new Uint8Array(stride * down * 16),
    new Uint8Array(across * down * 64).fill(128),
    new Uint8Array(across * down * 64).fill(128),
  ] as const;
  const [luminance, blue, red] = planes;
  const changed = new Uint8Array(across * down).fill(1);

  const mark = (x: number, y: number, right: number, bottom: number) => {
    for (let row = y >> 4; row <= (bottom - 1) >> 4; row++) {
      changed.fill(1, row * across + (x >> 4), row * across + ((right - 1) >> 4) + 1);
    }
  };
  /** The part of a rectangle that lies on the canvas, marked as changed. */
  const clip = (x: number, y: number, w: number, h: number) => {
    const left = Math.max(0, Math.floor(x));
    const top = Math.max(0, Math.floor(y));
    const right = Math.min(stride, Math.ceil(x + w));
    const bottom = Math.min(down * 16, Math.ceil(y + h));
    if (right > left && bottom > top) mark(left, top, right, bottom);
    return { left, top, right, bottom };
  };
  const blend = (x: number, y: number, ink: Colour, alpha: number) => {
    const at = y * stride + x;
    luminance[at] = Math.round((luminance[at] ?? 0) * (1 - alpha) + ink[0] * alpha);
    if ((x | y) & 1) return;
    const half = (y >> 1) * (stride >> 1) + (x >> 1);
    blue[half] = Math.round((blue[half] ?? 0) * (1 - alpha) + ink[1] * alpha);
    red[half] = Math.round((red[half] ?? 0) * (1 - alpha) + ink[2] * alpha);
  };

  return {
    width,
    height,
    across,
    down,
    planes,
    changed,
    fill(x, y, w, h, ink) {
      const { left, top, right, bottom } = clip(x, y, w, h);
      for (let row = top; row < bottom; row++) luminance.fill(ink[0], row * stride + left, row * stride + right);
      for (let row = top >> 1; row < bottom >> 1; row++) {
        const start = row * (stride >> 1);
        blue.fill(ink[1], start + (left >> 1), start + (right >> 1));
        red.fill(ink[2], start + (left >> 1), start + (right >> 1));
      }
    },
    blend(x, y, ink, alpha) {
      if (x < 0 || y < 0 || x >= stride || y >= down * 16) return;
      changed[(y >> 4) * across + (x >> 4)] = 1;
      blend(x, y, ink, alpha);
    },
    line(x0, y0, x1, y1, thickness, ink) {
      const radius = thickness / 2;
      const reach = radius + 1;
      const left = Math.max(0, Math.floor(Math.min(x0, x1) - reach));
      const top = Math.max(0, Math.floor(Math.min(y0, y1) - reach));
      const right = Math.min(stride, Math.ceil(Math.max(x0, x1) + reach));
      const bottom = Math.min(down * 16, Math.ceil(Math.max(y0, y1) + reach));
      for (let y = top; y < bottom; y++) {
        for (let x = left; x < right; x++) {
          const alpha = radius + 0.5 - distance(x, y, x0, y0, x1, y1);
          if (alpha <= 0) continue;
          changed[(y >> 4) * across + (x >> 4)] = 1;
          blend(x, y, ink, Math.min(1, alpha));
        }
      }
    },
    restore(from, x, y, w, h) {
      const { left, top, right, bottom } = clip(x & ~1, y & ~1, w + 2, h + 2);
      for (let plane = 0; plane < 3; plane++) {
        const shift = plane === 0 ? 0 : 1;
        const source = from.planes[plane];
        for (let row = top >> shift; row < bottom >> shift; row++) {
          const start = row * (stride >> shift);
          const [first, last] = [start + (left >> shift), start + (right >> shift)];
          if (source) planes[plane]?.set(source.subarray(first, last), first);
        }
      }
    },
  };
}

/** The distance from a point to a line segment. */
export function distance(x: number, y: number, x0: number, y0: number, x1: number, y1: number): number {
  const dx = x1 - x0;
  const dy = y1 - y0;
  const squared = dx * dx + dy * dy;
  const along = squared === 0 ? 0 : Math.max(0, Math.min(1, ((x - x0) * dx + (y - y0) * dy) / squared));
  return Math.sqrt((x - x0 - along * dx) ** 2 + (y - y0 - along * dy) ** 2);
}
