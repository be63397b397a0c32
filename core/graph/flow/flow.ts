// State shared by all outputs and inputs of one graph.

import type { Clock } from '../../base/clock.ts';
import { createSequence, type Sequence } from './sequence.ts';
import { createYoungCollection, type YoungCollection } from './young-collection.ts';

export interface Flow {
  readonly clock: Clock;
  readonly sequence: Sequence;
  readonly youngCollection: Pick<YoungCollection, 'of'>;
  /** Refusals already counted for the node that refused: nodes that pass one on do not count it again. */
  readonly refusals: WeakSet<object>;
}

export const createFlow = (clock: Clock, youngCollection: Flow['youngCollection'] = createYoungCollection()): Flow => ({
  clock,
  sequence: createSequence(),
  youngCollection,
  refusals: new WeakSet(),
});
