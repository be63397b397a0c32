// The three picture classes for viewers. Pure; the page uses it too.

/** Index into CLASSES: 0 is the original picture. */
export type PictureClass = 0 | 1 | 2;

export interface Reduction {
  /** Width in pixels to which wider pictures are reduced. */
  readonly width: number;
  /** JPEG quality, 1 to 100. */
  readonly quality: number;
  /** Most pictures per second. */
  readonly fps: number;
}

/** All viewers share at most three versions of a camera, so that its cost does not depend on their number. */
export const CLASSES: readonly [undefined, Reduction, Reduction] = [
  undefined,
  { width: 854, quality: 65, fps: 5 },
  { width: 480, quality: 60, fps: 5 },
];

/** Largest ratio of the width on the screen to the width of the class. */
const STRETCH = 1.25;

/** The smallest class that fills this width in pixels; 0 if the width is unknown. */
export function classFor(width: number | undefined): PictureClass {
  if (width === undefined || width <= 0) return 0;
  if (width <= CLASSES[2].width * STRETCH) return 2;
  return width <= CLASSES[1].width * STRETCH ? 1 : 0;
}

/** The next smaller class, and the next larger one. */
export const smaller = (level: PictureClass): PictureClass => (level === 0 ? 1 : 2);
export const larger = (level: PictureClass): PictureClass => (level === 2 ? 1 : 0);

/** Approximate ratio of the sizes of pictures in neighbouring classes. */
export const GROWTH = 4;
