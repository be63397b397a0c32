// Rotation and mirroring as one of eight orientations: combined with the EXIF tag, without touching pixels.

import type { TransformImageOptions } from '../../../schemas/transform/image.ts';

/** Mirrored left to right first, then turned clockwise by quarters. */
interface Turn {
  readonly mirrored: boolean;
  readonly quarters: number;
}

/** Exif 2.32 section 4.6.4, tag 0x0112: index 0 is orientation 1. */
const TURNS: readonly Turn[] = [
  { mirrored: false, quarters: 0 },
  { mirrored: true, quarters: 0 },
  { mirrored: false, quarters: 2 },
  { mirrored: true, quarters: 2 },
  { mirrored: true, quarters: 3 },
  { mirrored: false, quarters: 1 },
  { mirrored: true, quarters: 1 },
  { mirrored: false, quarters: 3 },
];

/** The arguments of jpegtran that turn the pixels as a viewer would for this orientation. */
export const JPEGTRAN: readonly (readonly string[])[] = [
  [],
  ['-flip', 'horizontal'],
  ['-rotate', '180'],
  ['-flip', 'vertical'],
  ['-transpose'],
  ['-rotate', '90'],
  ['-transverse'],
  ['-rotate', '270'],
];

/** The orientation of a picture with `orientation` after the rotation and mirroring of the options. */
export function turned(orientation: number, options: Pick<TransformImageOptions, 'rotate' | 'flip'>): number {
  const { mirrored, quarters } = TURNS[orientation - 1] ?? { mirrored: false, quarters: 0 };
  const rotated = { mirrored, quarters: quarters + options.rotate / 90 };
  const { mirrored: isMirrored, quarters: sum } = flipped(rotated, options.flip);
  const final = ((sum % 4) + 4) % 4;
  return TURNS.findIndex((turn) => turn.mirrored === isMirrored && turn.quarters === final) + 1;
}

/** Mirroring after a turn is mirroring before it and turning the other way. */
function flipped(turn: Turn, flip: TransformImageOptions['flip']): Turn {
  if (flip === 'none') return turn;
  if (flip === 'both') return { ...turn, quarters: turn.quarters + 2 };
  return { mirrored: !turn.mirrored, quarters: (flip === 'vertical' ? 2 : 0) - turn.quarters };
}
