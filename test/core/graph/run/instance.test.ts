// One node while it runs: its signal serves any number of requests at one time.

import t from 'tap';
import type { Node } from '../../../../core/contract/plugin.ts';
import { run } from '../../../support/harness.ts';

const REQUESTS = 50;

t.test('many listeners at the signal of a node are no leak', async (t) => {
  const warnings: string[] = [];
  const onWarning = (warning: Error): void => void warnings.push(warning.name);
  process.on('warning', onWarning);
  t.teardown(() => void process.off('warning', onWarning));
  let ended = 0;
  const schema = { summary: 'Busy', description: 'Has many requests.', type: 'object', additionalProperties: false };
  const plugin = {
    use: 'test/busy',
    schema,
    start(node: Node<unknown>) {
      for (let index = 0; index < REQUESTS; index++) node.signal.addEventListener('abort', () => ended++);
    },
  };

  const camd = await run(t, 'camd: 1\ncontrol: false\npipeline:\n  busy: { use: test/busy }\n', { plugins: [plugin] });
  // Node.js emits a warning in the next turn.
  await new Promise((resolve) => setImmediate(resolve));
  await camd.stop();

  t.equal(ended, REQUESTS);
  t.same(warnings, []);
});
