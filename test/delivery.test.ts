// A picture reaches everybody who is there at once, and its sender learns the truth about the others.

import t from 'tap';
import { dedent } from './support/dedent.ts';
import { run } from './support/harness.ts';
import { sampleJpeg } from './support/jpeg.ts';
import { until } from './support/until.ts';

const PROFILE = dedent`
  camd: 1
  control: false
  plugins: [./archive.mjs]
  pipeline:
    web: { use: http/server, listen: 127.0.0.1:0 }
    door: { use: source/http, on: web, path: /in, anyone: true }
    latest: { use: cache/latest, from: door }
    snapshot: { use: http/snapshot, on: web, from: latest, path: /now.jpg }
    archive: { use: test/archive, from: door }
`;

/** A consumer that must have every picture; \`start\` and \`take\` are the bodies of its functions. */
const archive = (start: string, take: string): string => `
  export default {
    use: 'test/archive',
    schema: {
      summary: 'x',
      description: 'x',
      provides: [],
      type: 'object',
      additionalProperties: false,
      required: ['from'],
      properties: {
        from: { description: 'x', type: 'string', reference: { ports: ['frames'], delivery: 'every' } },
      },
    },
    start(node) {
      ${start}
      node.input().each(async () => { ${take} }, { delivery: 'every' });
    },
  };
`;
const post = (origin: string, seed: number): Promise<Response> =>
  fetch(`${origin}/in`, {
    method: 'POST',
    headers: { 'content-type': 'image/jpeg' },
    body: new Uint8Array(sampleJpeg({ seed })),
  });

t.test(
  'beside a failed consumer, the snapshot is there at once and the sender gets the reason to send again',
  async (t) => {
    const camd = await run(t, PROFILE, {
      files: { 'archive.mjs': archive("throw new Error('the archive is broken');", '') },
    });
    const { origin } = camd.port('web', 'server');
    let isAnswered = false;

    const sent = post(origin, 1).finally(() => {
      isAnswered = true;
    });
    await until(() => camd.port('latest', 'stills').latest('door'), 'the picture in the cache');
    const snapshot = await fetch(`${origin}/now.jpg`);
    const early = isAnswered;
    const answer = await sent;

    t.equal(snapshot.status, 200);
    t.notOk(early, 'the snapshot came before the answer');
    t.equal(answer.status, 503);
    t.match(await answer.json(), {
      error: 'archive must accept this picture and is not running. Send it again later.',
    });
    t.match(camd.status('latest'), { refused: 0, state: { is: 'running' } }, 'those who pass the refusal on are well');
  },
);

t.test('a consumer that comes back while the answer waits gets the picture, and then it is acknowledged', async (t) => {
  const flag = `globalThis[Symbol.for('camd.test.archive')]`;
  const camd = await run(t, PROFILE, {
    files: {
      'archive.mjs': archive(
        `const state = (${flag} ??= { starts: 0, kept: 0 });
         if (state.starts++ === 0) throw new Error('not yet');`,
        `${flag}.kept++;`,
      ),
    },
  });

  const answer = await post(camd.port('web', 'server').origin, 1);

  t.equal(answer.status, 200);
  t.match(Reflect.get(globalThis, Symbol.for('camd.test.archive')), { kept: 1 });
});

t.test('refused frames are counted and the node is degraded with the reason until it takes one again', async (t) => {
  const flag = `globalThis[Symbol.for('camd.test.full')]`;
  const fault = `Object.assign(new Error('The archive is full.'), { [Symbol.for('camd.fault')]: true, blame: 'environment', code: 'full' })`;
  const camd = await run(t, PROFILE, {
    files: { 'archive.mjs': archive('', `if (!${flag}) throw ${fault};`) },
  });
  const { origin } = camd.port('web', 'server');

  const statuses = [(await post(origin, 1)).status, (await post(origin, 2)).status];
  const refusing = camd.status('archive');
  Reflect.set(globalThis, Symbol.for('camd.test.full'), true);
  const taken = await post(origin, 3);

  t.same(statuses, [503, 503]);
  t.match(refusing, { refused: 2, restarts: 0, state: { is: 'degraded', why: 'The archive is full.' } });
  t.equal(taken.status, 200);
  t.match(camd.status('archive'), { refused: 2, state: { is: 'running' } });
});

t.test(
  'one rejected picture says nothing of the node, ten in a row do, and those who pass it on are not blamed',
  async (t) => {
    const fault = `Object.assign(new Error('It is no picture of a printer.'), { [Symbol.for('camd.fault')]: true, blame: 'environment', code: 'rejected' })`;
    const camd = await run(t, PROFILE.replace(/(archive.*from: )door/, '$1latest'), {
      files: { 'archive.mjs': archive('', `throw ${fault};`) },
    });
    const { origin } = camd.port('web', 'server');

    t.equal((await post(origin, 1)).status, 422);
    t.match(camd.status('archive'), { refused: 1, state: { is: 'running' } });
    for (let seed = 2; seed <= 10; seed++) await post(origin, seed);

    t.match(camd.status('archive'), { refused: 10, state: { is: 'degraded', why: 'It is no picture of a printer.' } });
    t.match(camd.status('latest'), { refused: 0, state: { is: 'running' } });
  },
);
