// Measures the cost of the guard around a handler: frames from an output to a handler, bare and guarded, in one run.

import { systemClock } from '../../core/base/clock.ts';
import { createLog } from '../../core/base/log.ts';
import type { FrameHandler } from '../../core/contract/plugin.ts';
import { createFlow } from '../../core/graph/flow/flow.ts';
import { createNodeOutput } from '../../core/graph/flow/output.ts';
import { createSubscription } from '../../core/graph/flow/subscription.ts';
import { createGuard } from '../../core/graph/run/guard.ts';
import { makeCapture } from '../../testing/frame.ts';
import type { Row } from '../row.ts';

const nothing = (): void => {};

/** Medians of alternating rounds. */
export async function measure(quick: boolean): Promise<readonly Row[]> {
  const guard = createGuard({
    log: createLog({ level: 'error', write: nothing }),
    monotonic: systemClock.monotonic,
    onFail: nothing,
  });
  let seen = 0;
  const handler: FrameHandler = ({ seq }) => {
    seen += seq;
  };
  const bare = emitter(handler);
  const guarded = emitter(guard.timed('handler', handler));
  const frames = quick ? 50_000 : 200_000;
  const rounds = quick ? 7 : 21;
  const costs: Record<'bare' | 'guarded', number[]> = { bare: [], guarded: [] };
  bare(frames);
  guarded(frames);
  for (let round = 0; round < rounds; round++) {
    costs.bare.push(bare(frames));
    costs.guarded.push(guarded(frames));
  }
  if (seen === 0) throw new Error('no frame arrived');
  const [value, limitValue] = [median(costs.guarded), median(costs.bare)];
  return [
    {
      name: 'a frame from an output to a handler, guarded',
      value,
      unit: 'ns',
      limitName: 'bare',
      limitValue,
      ratio: value / limitValue,
    },
  ];
}

/** Returns nanoseconds per frame. */
function emitter(handler: FrameHandler): (frames: number) => number {
  const output = createNodeOutput('camera', createFlow(systemClock));
  const producer = output.open();
  producer.activate();
  output.add(
    createSubscription({ handler, delivery: 'live', onSkip: nothing, onFull: nothing, onFail: nothing }),
    'end',
  );
  const frame = producer.output.stamp(makeCapture());
  return (frames) => {
    const began = process.hrtime.bigint();
    for (let at = 0; at < frames; at++) void producer.output.emit({ ...frame, seq: at });
    return Number(process.hrtime.bigint() - began) / frames;
  };
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] ?? 0;
