// Finds the next marker in entropy-coded JPEG data by native search. A function of its own so that the engine optimises its loop.

import { isEntropy } from './jpeg-markers.ts';

/**
 * Where the FF of the next marker stands, from `at` on: stuffed zeros and restart markers are passed over (T.81 §B.1.1.5).
 * An FF at the very end is found too, as what follows it is not known. -1 when there is none.
 */
export function findMarker(data: Buffer, at: number): number {
  let found = data.indexOf(0xff, at);
  while (found !== -1 && found + 1 < data.length && isEntropy(data[found + 1] ?? 1))
    found = data.indexOf(0xff, found + 2);
  return found;
}
