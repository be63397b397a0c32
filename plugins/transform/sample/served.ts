// Selects pictures of a camera by a printer: those while it is in a state, or one of each layer.

import type { Frame } from '../../../core/contract/plugin.ts';
import type { Condition } from '../../kit/printer/condition.ts';

/** For one camera. True if the picture passes, which uses up the turn. */
export function createServed(condition: Condition): (frame: Pick<Frame, 'arrived'>) => boolean {
  let served: number | undefined;
  return ({ arrived }) => {
    const turn = condition.now();
    if (typeof turn === 'string') return false;
    if (!condition.byLayer) return true;
    if (turn.number === served || arrived < turn.since) return false;
    served = turn.number;
    return true;
  };
}
