// Which consumers an acknowledgement waits for after a reload: those of the profile that runs, and no others.

import t from 'tap';
import type { Node } from '../../../../core/contract/plugin.ts';
import { misuse } from '../../../../core/contract/problems.ts';
import { feed, graph, type Part, sink } from '../../../support/graph.ts';
import { settle } from '../../../support/manual-clock.ts';

/** A consumer of the camera that fails for good when the test says so. */
function keeper(version: number): Part & { readonly seen: string[]; crash(): void } {
  const kept = sink(['camera'], 'every', { delivery: 'every', options: { version } });
  let running: Node<Record<string, unknown>> | undefined;
  return {
    ...kept,
    start(node) {
      running = node;
      return kept.start(node);
    },
    crash: () => running?.fail(misuse('broken', 'it does not work')),
  };
}

t.test('a consumer that a reload adds is waited for, until it takes the picture', async (t) => {
  const made = graph();
  t.teardown(() => made.runner.stop());
  const camera = feed();
  const keep = keeper(1);
  const again = keeper(2);
  await made.runner.boot(made.plan({ camera }));
  await made.runner.apply(made.plan({ camera, keep }));
  keep.crash();

  let acknowledged = false;
  const sent = camera.send('one', true).then(() => {
    acknowledged = true;
  });
  await settle();
  t.notOk(acknowledged);
  await made.runner.apply(made.plan({ camera, keep: again }));
  await sent;

  t.same(again.seen, ['one']);
});

t.test('a consumer that does not come up when camd starts is waited for', async (t) => {
  const made = graph();
  t.teardown(() => made.runner.stop());
  const camera = feed();
  const broken: Part = {
    ...keeper(1),
    start() {
      throw misuse('broken', 'it does not work');
    },
  };
  const keep = keeper(2);
  await made.runner.boot(made.plan({ camera, keep: broken }));

  let acknowledged = false;
  const sent = camera.send('one', true).then(() => {
    acknowledged = true;
  });
  await settle();
  t.notOk(acknowledged);
  await made.runner.apply(made.plan({ camera, keep }));
  await sent;

  t.same(keep.seen, ['one']);
});

t.test('a frame no longer waits for a consumer that a reload removes', async (t) => {
  const made = graph();
  t.teardown(() => made.runner.stop());
  const camera = feed();
  const keep = keeper(1);
  await made.runner.boot(made.plan({ camera, keep }));
  keep.crash();
  const sent = camera.send('one', true);

  await made.runner.apply(made.plan({ camera }));
  await sent;
  await camera.send('two', true);

  t.same(keep.seen, []);
});

t.test('a consumer that a reload links to another camera is waited for there', async (t) => {
  const made = graph();
  t.teardown(() => made.runner.stop());
  const camera = feed();
  const other = feed();
  const keep = keeper(1);
  await made.runner.boot(made.plan({ camera, other, keep }));
  keep.crash();
  await made.runner.apply(made.plan({ camera, other, keep: { ...keep, refs: { from: ['other'] } } }));

  let acknowledged = false;
  const sent = other.send('one', true).then(() => {
    acknowledged = true;
  });
  await settle();
  t.notOk(acknowledged, 'the new camera waits');
  await camera.send('two', true);
  await made.runner.apply(made.plan({ camera, other }));
  await sent;
});

t.test('a consumer of a refused reload is not waited for', async (t) => {
  const made = graph();
  t.teardown(() => made.runner.stop());
  const camera = feed();
  const refuse: Part = {
    start: (node) =>
      node.whileActive(() => {
        throw new Error('it cannot take effect');
      }),
  };
  await made.runner.boot(made.plan({ camera }));

  await t.rejects(made.runner.apply(made.plan({ camera, keep: keeper(1), refuse })), /cannot take effect/);

  await camera.send('one', true);
});
