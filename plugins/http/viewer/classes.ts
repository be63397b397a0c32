// The three classes in which a camera's pictures go to viewers. Pure; the page uses it too.

/** Index into CLASSES: 0 is the picture of the camera itself. */
export type PictureClass = 0 | 1 | 2;

export interface Reduction {
  /** Pixels: wider pictures are made so wide. */
  readonly width: number;
  /** Of the JPEG, 1 to 100. */
  readonly quality: number;
  /** The most pictures per second. */
  readonly fps: number;
}

/** A camera has at most three versions, shared by all viewers, so that its cost does not grow with them. */
export const CLASSES: readonly [undefined, Reduction, Reduction] = [
  undefined,
  { width: 854, quality: 65, fps: 5 },
  { width: 480, quality: 60, fps: 5 },
];

/** How much wider than a class a screen may be and still be filled by it. */
const STRETCH = 1.25;

/** The smallest class that fills so many pixels; 0 for a width that is not known. */
export function classFor(width: number | undefined): PictureClass {
  if (width === undefined || width <= 0) return 0;
  if (width <= CLASSES[2].width * STRETCH) return 2;
  return width <= CLASSES[1].width * STRETCH ? 1 : 0;
}

/** The next smaller class, and the next larger one. */
export const smaller = (level: PictureClass): PictureClass => (level === 0 ? 1 : 2);
export const larger = (level: PictureClass): PictureClass => (level === 2 ? 1 : 0);

/** How many times as large pictures of the next larger class are, about. */
export const GROWTH = 4;
