// Memory reserved for uploads and pictures: invented cameras use no more than the profile allows.

import t from 'tap';
import { createMemoryBudget } from '../core/base/memory.ts';
import { dedent } from './support/dedent.ts';
import { run } from './support/harness.ts';
import { sampleJpeg } from './support/jpeg.ts';

const MiB = 2 ** 20;
/** The long form repeats the observed flood: 1.6 GB. */
const LONG = process.env.CAMD_LONG === '1';
const PICTURE = LONG ? 8 * MiB - 4096 : MiB;
const CAMERAS = 200;
const LIMIT = LONG ? 128 * MiB : 32 * MiB;

t.test('reservations are counted per holder, released once, and refused beyond the limit', async (t) => {
  const budget = createMemoryBudget(100);
  const release = budget.for('one').take(60);
  const refused = budget.for('two').take(50);

  t.type(release, 'function');
  t.equal(refused, undefined);
  t.match({ ...budget }, { used: 60, refused: 1, most: 100 });
  budget.limit(50);
  t.equal(budget.for('one').take(1), undefined);
  release?.();
  release?.();
  t.match({ used: budget.used, one: budget.usedBy('one') }, { used: 0, one: 0 });
  t.type(budget.for('two').take(50), 'function');
});

t.test(`${CAMERAS} invented cameras stay within the budget, and a known camera continues`, async (t) => {
  const camd = await run(
    t,
    dedent`
      camd: 1
      memory: ${LIMIT / MiB}MiB
      pipeline:
        web: { use: http/server, listen: '127.0.0.1:0' }
        up: { use: source/http, on: web, path: '/up/{camera}', anyone: true, parse: image }
        latest: { use: cache/latest, from: up }
        snapshot: { use: http/snapshot, on: web, from: latest, path: '/{camera}.jpg' }
    `,
  );
  const { origin } = camd.port('web', 'server');
  const small = sampleJpeg({});
  const comments = Buffer.alloc(
    PICTURE - small.length,
    Buffer.concat([Buffer.from([0xff, 0xfe, 0xff, 0xfd]), Buffer.alloc(0xfffb)]),
  );
  const whole = comments.subarray(0, comments.length - (comments.length % 0xffff));
  const large = Buffer.concat([small.subarray(0, 2), whole, small.subarray(2)]);
  const post = async (camera: string, body: Buffer): Promise<number> => {
    const response = await fetch(`${origin}/up/${camera}`, {
      method: 'POST',
      body: new Uint8Array(body),
      headers: { 'content-type': 'image/jpeg' },
    });
    await response.arrayBuffer();
    return response.status;
  };
  t.equal(await post('known', small), 200);

  const statuses = new Set<number>();
  let most = 0;
  for (let at = 0; at < CAMERAS; at++) {
    statuses.add(await post(`invented${at}`, large));
    most = Math.max(most, camd.daemon.view.memory().used);
  }

  t.ok(
    [...statuses].every((status) => status === 200 || status === 503),
    [...statuses].join(),
  );
  t.ok(most <= LIMIT && most > LIMIT - 2 * PICTURE, `${most} bytes at most`);
  t.equal(camd.status('latest').reserved, camd.daemon.view.memory().used, 'no memory of the uploads stays reserved');
  t.ok((camd.status('latest').metrics.cameras ?? 0) < CAMERAS);
  t.equal(await post('known', sampleJpeg({ seed: 2 })), 200);
  t.equal((await fetch(`${origin}/known.jpg`)).status, 200);
  t.ok(camd.lines.some(({ msg }) => msg === 'the memory for pictures is full: a camera is not cached'));
});
