// The output of a node: what `emit` waits for, and which refusal it tells when consumers disagree.

import t from 'tap';
import { rejected } from '../../../../core/contract/final.ts';
import { environment, type FrameHandler } from '../../../../core/contract/plugin.ts';
import { createHub } from '../../../../core/graph/flow/output.ts';
import { createSequence } from '../../../../core/graph/flow/sequence.ts';
import { createLink } from '../../../../core/graph/flow/subscription.ts';
import { sampleJpeg } from '../../../support/jpeg.ts';

function hubWith(...handlers: FrameHandler[]) {
  const hub = createHub({
    id: 'a',
    sequence: createSequence(),
    sweep: { note: () => {} },
    now: () => 0,
    monotonic: () => 0,
  });
  for (const handler of handlers) {
    hub.add(createLink({ handler, delivery: 'every', onSkip: () => {}, onFull: () => {}, onFail: () => {} }));
  }
  const { output } = hub.open(() => []);
  return () =>
    output.emit(output.stamp({ data: sampleJpeg(), type: 'image/jpeg', width: 1, height: 1, roomy: false }), true);
}
const never = async () => {
  throw rejected('It is never taken.');
};

t.test(
  'a frame that one consumer rejects for good is answered for when the others have it, and not before',
  async (t) => {
    const order: string[] = [];
    let keep = () => {};
    const emit = hubWith(
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
  },
);

t.test('a refusal that may pass is told before one that is for good: the frame must be sent again', async (t) => {
  const emit = hubWith(never, async () => {
    throw environment('disk-full', 'The disk is full.');
  });

  await t.rejects(emit(), { code: 'disk-full' });
});
