// Returns the frames that `camd spool retry` has moved out of the dead letters to the spool.

import type { Capture } from '../../../core/contract/plugin.ts';
import { idsIn, pictureName, readLetter, removeLetter } from './dead.ts';
import { captureOf } from './delivery.ts';
import { type Disk, readWhole } from './disk.ts';
import { MAX_PICTURE } from './format.ts';

/** How often the folder is checked. Milliseconds. */
export const LOOK_MS = 2000;

/** Resolves with the number of frames; rejects if the spool refuses one, whose files stay. */
export async function takeReturns(disk: Disk, append: (capture: Capture) => Promise<void>): Promise<number> {
  let taken = 0;
  for (const id of idsIn(await disk.names())) {
    const letter = await readLetter(disk, id);
    const data = letter && (await readWhole(disk, pictureName(id, letter), MAX_PICTURE));
    if (letter && data) {
      await append(captureOf(letter, data));
      taken++;
    }
    await removeLetter(disk, id);
  }
  return taken;
}
