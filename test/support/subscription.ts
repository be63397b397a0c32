// A subscription of one consumer, whose handler finishes frames under the control of the test.

import type { Frame } from '../../core/contract/frame.ts';
import { createSubscription, type SubscriptionOptions } from '../../core/graph/flow/subscription.ts';

export const frame = (seq: number, camera = 'a'): Frame => ({
  camera,
  key: `${camera}-${seq}`,
  seq,
  time: 0,
  arrived: 0,
  type: 'image/jpeg',
  data: Buffer.alloc(1),
  width: 1,
  height: 1,
  hasHeadroom: false,
  meta: {},
});

/** A handler whose frames are finished by the test. */
export function gate() {
  const seen: number[] = [];
  const open: { resolve(): void; reject(cause: unknown): void }[] = [];
  return {
    seen,
    finish: () => open.shift()?.resolve(),
    refuse: (cause: unknown) => open.shift()?.reject(cause),
    handler: (frame: Frame): Promise<void> => {
      seen.push(frame.seq);
      return new Promise((resolve, reject) => open.push({ resolve, reject }));
    },
  };
}

export function link(options: Partial<SubscriptionOptions> & Pick<SubscriptionOptions, 'handler' | 'delivery'>) {
  const skipped: number[] = [];
  const full: boolean[] = [];
  const failures: unknown[] = [];
  const made = createSubscription({
    onSkip: (frame) => skipped.push(frame.seq),
    onFull: (is) => full.push(is),
    onFail: (cause) => failures.push(cause),
    ...options,
  });
  return { ...made, skipped, full, failures };
}

export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
