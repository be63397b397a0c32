// Deliberately wrong plugins under the conformance suites of camd/testing: each is detected.

import t, { type Test } from 'tap';
import type { Node } from '../../core/contract/plugin.ts';
import { type Case, readingCases, routeCases, serviceCases, throughCases, uploadCases } from '../../testing/index.ts';
import type { Ending } from '../support/harness.ts';

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

t.test('a node that acknowledges too early and hides refusals is detected', async (t) => {
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
  const wrong = cases.filter(({ title }) => /refusal of a frame/.test(title));

  t.equal(wrong.length, 1);
  for (const { run } of wrong) await t.rejects(run(t), { name: 'AssertionError' });
});

/** The cases whose titles match reject with an AssertionError. */
async function foundOut(t: Test, cases: readonly Case<Test>[], title: RegExp): Promise<void> {
  const wrong = cases.filter((testCase) => title.test(testCase.title));
  t.equal(wrong.length, 1, String(title));
  for (const { run } of wrong) await t.rejects(run(t), { name: 'AssertionError' });
}

t.test('a service that starts units that did not run, and one that starts too early, are detected', async (t) => {
  const make = (overlaps: boolean) => async () => {
    let is = true;
    let uses = 0;
    return {
      service: {
        async suspend() {
          uses++;
          is = false;
          return async () => {
            if (--uses === 0 || overlaps) is = true;
          };
        },
      },
      runs: () => is,
      set(runs: boolean) {
        is = runs;
      },
    };
  };

  await foundOut(t, serviceCases<Test>(make(false)), /did not run/);
  await foundOut(t, serviceCases<Test>(make(true)), /overlap/);
});

t.test('readings of half a message are detected', async (t) => {
  const make = async () => {
    let newest: { values: Record<string, number>; time: number } | undefined;
    const take = (values: Record<string, number>): void => {
      newest = { values, time: Date.now() };
    };
    return {
      readings: { newest: () => newest, nearest: () => newest, maxAge: 1000 },
      send: take,
      sendBroken: () => take({ roll: 1 }),
    };
  };

  await foundOut(t, readingCases<Test>(make), /in the order of the profile/);
});

t.test('a route that takes every method is detected', async (t) => {
  const eager = {
    use: 'wrong/eager',
    schema: {
      ...schema,
      provides: [],
      required: ['on'],
      properties: { on: { description: 'On.', type: 'string', reference: { ports: ['server'] } } },
    },
    start(node: Node<unknown>) {
      node.ref('on', 'server').bind((server) =>
        server.route({
          methods: ['GET', 'DELETE'],
          path: '/page',
          handler: (_request, reply) => reply.type('text/plain').send('page'),
        }),
      );
    },
  };
  const setup = { node: 'use: wrong/eager, on: web', path: '/page', type: 'text/plain', plugins: [eager] };

  await foundOut(
    t,
    routeCases<Test>(() => setup),
    /methods and queries/,
  );
});

t.test('a sender that sends pictures twice is detected', async (t) => {
  const make = () => {
    const received: Buffer[] = [];
    const twice = {
      use: 'wrong/twice',
      schema: { ...schema, provides: [] },
      start(node: Node<unknown>) {
        node.input().each(({ data }) => void received.push(data, data), { delivery: 'through' });
      },
    };
    return { node: 'use: wrong/twice', plugins: [twice], received: () => received, away() {}, back() {} };
  };

  await foundOut(t, uploadCases<Test>(make), /byte for byte/);
});
