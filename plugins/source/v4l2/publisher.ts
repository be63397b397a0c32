// Publishes a stream's pictures; raw ones are encoded one at a time, and the newest replaces one that waits.

import type { Image } from '../../../core/contract/plugin.ts';
import type { Shot } from './shot.ts';

export interface Publisher {
  push(shot: Shot): void;
}

export function createPublisher(
  emit: (shot: Shot, image: Image) => void,
  onSkip: () => void,
  onFail: (cause: unknown) => void,
): Publisher {
  let next: Shot | undefined;
  let encoding = false;

  const work = async (): Promise<void> => {
    encoding = true;
    for (let shot = next; shot !== undefined; shot = next) {
      next = undefined;
      try {
        emit(shot, await shot.image());
      } catch (cause) {
        onFail(cause);
      }
    }
    encoding = false;
  };
  return {
    push(shot) {
      if (next !== undefined) onSkip();
      next = shot;
      if (!encoding) void work();
    },
  };
}
