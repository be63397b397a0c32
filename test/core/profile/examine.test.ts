// Plugins that examine a machine badly: what they throw, never end, repeat without end or let slip.

import t from 'tap';
import type { Catalog } from '../../../core/catalog/catalog.ts';
import type { ExamineView, Observation } from '../../../core/contract/examine.ts';
import type { NodePlugin } from '../../../core/contract/plugin.ts';
import { examineNodes, MAX_OBSERVATIONS, MAX_SENTENCE } from '../../../core/profile/check/examine.ts';
import { readText, testCatalog } from '../../support/reading.ts';

const SIGNAL = new AbortController().signal;
const fine = (message: string): Observation => ({ is: 'fine', code: 'x', message });

async function examined(examine: NodePlugin['examine'], ms = 5_000, signal = SIGNAL) {
  const text = 'camd: 1\npipeline: { a: { use: source/feed, connect: "127.0.0.1:1", token: "${env:TOKEN}" } }\n';
  const { profile } = await readText(text, { env: { TOKEN: 'secret-token' } });
  if (!profile) throw new Error('the profile is wrong');
  const plugin: NodePlugin = { start: () => {}, ...(examine ? { examine } : {}) };
  const catalog: Catalog = { ...testCatalog(), node: async () => plugin };
  return examineNodes(profile, catalog, { signal, ms });
}

t.test('a plugin without examine says nothing', async (t) => {
  t.same(await examined(undefined), []);
});

t.test('observations before a throw are kept', async (t) => {
  const found = await examined(async function* () {
    yield fine('one');
    throw new Error('the cable of secret-token is loose');
  });

  t.match(found, [
    { message: 'one' },
    {
      is: 'warning',
      code: 'not-examined',
      message: 'source/feed could not examine this machine: the cable of *** is loose.',
    },
  ]);
});

t.test('an examination that never ends is aborted after its time or by the signal, and notified', async (t) => {
  let aborted = 0;
  const hang = async function* (_options: unknown, { signal }: ExamineView): AsyncGenerator<Observation> {
    signal.addEventListener('abort', () => aborted++);
    yield fine('one');
    await new Promise(() => {});
  };
  const control = new AbortController();
  control.abort(new Error('it was interrupted'));

  const [late, interrupted] = [await examined(hang, 20), await examined(hang, 60_000, control.signal)];

  t.match(late, [{ message: 'one' }, { code: 'not-examined', message: /did not end within 0\.02 s/ }]);
  t.match(interrupted.at(-1), { code: 'not-examined', message: /was interrupted/ });
  t.equal(aborted, 1);
});

t.test('one that observes without end is cut, and so are long sentences', async (t) => {
  let closed = false;
  const found = await examined(async function* () {
    try {
      for (;;) yield fine('x'.repeat(MAX_SENTENCE * 2));
    } finally {
      closed = true;
    }
  });

  t.equal(found.length, MAX_OBSERVATIONS);
  t.equal(found[0]?.message.length, MAX_SENTENCE);
  t.ok(closed);
});

t.test('secrets and the users of URLs are starred out, in commands too', async (t) => {
  const [found] = await examined(async function* () {
    yield { ...fine('http://me:pass@cam/ said secret-token'), fix: 'curl http://me:pass@cam/?t=secret-token' };
  });

  t.match(found, { message: 'http://***@cam/ said ***', fix: 'curl http://***@cam/?t=***' });
});
