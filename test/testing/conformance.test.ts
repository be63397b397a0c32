// Built-in plugins and deliberately wrong ones under the conformance suites of camd/testing.

import t from 'tap';
import type { Node } from '../../core/contract/plugin.ts';
import { type Case, fakeServer, sampleJpeg, sourceCases, throughCases } from '../../testing/index.ts';
import type { Ending } from '../support/harness.ts';

const PICTURE = sampleJpeg();

for (const node of ['use: cache/latest', 'use: transform/exif']) {
  t.test(`${node} conforms`, async (t) => {
    for (const { title, run } of throughCases<Ending>(() => ({ node }))) {
      await t.test(title, async (t) => {
        await run(t);
        t.pass();
      });
    }
  });
}

t.test('source/http-poll conforms', async (t) => {
  const make = async (t: Ending) => {
    const camera = await fakeServer(t, () => ({ headers: { 'content-type': 'image/jpeg' }, body: PICTURE }));
    const gone = await fakeServer(t, () => ({}));
    await gone.close();
    const profile = (port: number, more = '') =>
      `camd: 1\npipeline:\n  cam: { use: source/http-poll, url: 'http://127.0.0.1:${port}/', every: 100ms${more} }\n`;
    const text = { yaml: profile(camera.port), onDemand: profile(camera.port, ', mode: on_demand') };
    return { ...text, missing: profile(gone.port), id: 'cam' };
  };
  for (const { title, run } of sourceCases<Ending>(make)) {
    await t.test(title, async (t) => {
      await run(t);
      t.pass();
    });
  }
});

const schema = {
  summary: 'Wrong',
  description: 'Wrong.',
  provides: ['frames'],
  type: 'object',
  additionalProperties: false,
  required: ['from'],
  properties: {
    from: { description: 'From.', type: 'string', reference: { ports: ['frames'], delivery: 'through' } },
  },
};

t.test('a node that acknowledges too early and hides refusals is found out', async (t) => {
  const hasty = {
    use: 'wrong/hasty',
    schema,
    start(node: Node<unknown>) {
      node.input().each((frame) => void node.output.emit(frame, true).catch(() => {}), {
        delivery: 'through',
        demand: 'none',
      });
    },
  };
  const cases: readonly Case<Ending>[] = throughCases(() => ({ node: 'use: wrong/hasty', plugins: [hasty] }));
  const wrong = cases.filter(({ title }) => /refused a frame/.test(title));

  t.equal(wrong.length, 1);
  for (const { run } of wrong) await t.rejects(run(t), { name: 'AssertionError' });
});
