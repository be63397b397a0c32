// The output of a node: when `emit` resolves, and which refusal it reports when consumers disagree.

import t from 'tap';
import { systemClock } from '../../../../core/base/clock.ts';
import { rejected } from '../../../../core/contract/final.ts';
import { environment, type FrameHandler } from '../../../../core/contract/plugin.ts';
import { createFlow } from '../../../../core/graph/flow/flow.ts';
import { createNodeOutput } from '../../../../core/graph/flow/output.ts';
import { createSubscription } from '../../../../core/graph/flow/subscription.ts';
import { sampleJpeg } from '../../../support/jpeg.ts';

function outputWith(...handlers: FrameHandler[]) {
  const output = createNodeOutput('a', createFlow(systemClock));
  for (const handler of handlers) {
    output.add(
      createSubscription({ handler, delivery: 'every', onSkip: () => {}, onFull: () => {}, onFail: () => {} }),
    );
  }
  const producer = output.open();
  return () =>
    producer.output.emit(
      producer.output.stamp({ data: sampleJpeg(), type: 'image/jpeg', width: 1, height: 1, hasHeadroom: false }),
      true,
    );
}
const never = async () => {
  throw rejected('It is never taken.');
};

t.test('a final refusal of one consumer is reported only once the others have the frame', async (t) => {
  const order: string[] = [];
  let keep = () => {};
  const emit = outputWith(
    never,
    () =>
      new Promise((resolve) => {
        keep = resolve;
      }),
  );

  const answer = emit().catch((cause: Error) => void order.push(cause.message));
  await new Promise(setImmediate);
  order.push('kept');
  keep();
  await answer;

  t.same(order, ['kept', 'It is never taken.']);
});

t.test('a temporary refusal takes precedence over a final one: the frame must be sent again', async (t) => {
  const emit = outputWith(never, async () => {
    throw environment('disk-full', 'The disk is full.');
  });

  await t.rejects(emit(), { code: 'disk-full' });
});
