// store/spool in a running camd: acknowledgement, order, limits, dead letters, a catch-up, and restarts.

import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { lockFolder } from '../../../core/base/folder-lock.ts';
import { answered, rejected } from '../../../core/contract/final.ts';
import type { Frame } from '../../../core/contract/frame.ts';
import { environment } from '../../../core/contract/plugin.ts';
import { createFeed, createProbe, makeCapture, manualClock, until } from '../../../testing/index.ts';
import { folderWith } from '../../support/cli.ts';
import { dedent } from '../../support/dedent.ts';
import { type Ending, run } from '../../support/harness.ts';

type Take = (frame: Frame) => void | Promise<void>;

async function start(t: Ending, folder: string, options = '', take?: Take, clock = manualClock()) {
  const feed = createFeed();
  const probe = createProbe(take);
  const profile = dedent`
    camd: 1
    pipeline:
      camera: { use: test/feed }
      spool: { use: store/spool, from: camera, path: ${folder}, min_free: 1MiB${options === '' ? '' : `, ${options}`} }
      end: { use: test/probe, from: spool }
  `;
  const camd = await run(t, profile, { plugins: [feed.plugin, probe.plugin], clock: clock.clock });
  const metric = (name: string): number => camd.status('spool').metrics[name] ?? 0;
  const send = (camera: string, seed: number) => feed.send({ ...makeCapture(seed), camera, key: `${camera}-${seed}` });
  return { camd, profile, feed, probe, metric, send, clock };
}

const keys = (frames: readonly Frame[], camera?: string): string[] =>
  frames.filter((frame) => camera === undefined || frame.camera === camera).map(({ key }) => key);

t.test('a frame is acknowledged when it is on disk, and deleted when the consumer has acknowledged it', async (t) => {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const { probe, metric, send } = await start(t, folderWith(t, {}), '', () => opened);

  await send('a', 1);

  t.equal(metric('frames'), 1);
  t.same(probe.frames, []);
  open();
  await until(() => metric('frames') === 0, 'the frame to be forgotten');
  t.same(keys(probe.frames), ['a-1']);
});

t.test('unacknowledged frames come again after a restart, in order, with key, time and facts', async (t) => {
  const folder = folderWith(t, {});
  const first = await start(t, folder, '', () => Promise.reject(environment('away', 'The consumer is away.')));
  for (const seed of [1, 2, 3]) await first.send('a', seed);
  for (const seed of [1, 2]) await first.send('b', seed);
  await first.camd.stop();

  const second = await start(t, folder);
  await until(() => second.metric('frames') === 0, 'all frames to be delivered');

  t.same(keys(second.probe.frames, 'a'), ['a-1', 'a-2', 'a-3']);
  t.same(keys(second.probe.frames, 'b'), ['b-1', 'b-2']);
  t.same(second.probe.frames[0]?.data, makeCapture(1).data);
});

t.test('a camera whose frames are refused does not delay the others', async (t) => {
  const { probe, metric, send, camd } = await start(t, folderWith(t, {}), '', (frame) => {
    if (frame.camera === 'a') throw environment('refused', 'The server does not know a.');
  });

  await send('a', 1);
  await send('b', 1);
  await send('b', 2);
  await until(() => metric('frames') === 1, 'the frames of b to be delivered');

  // An accepted frame ends all pauses: a is tried once more.
  const state = () => camd.status('spool').state;
  await until(() => state().is === 'degraded', 'the next refusal');
  t.match(state(), { why: /The server does not know a/ });
  t.same(keys(probe.frames), ['b-1', 'b-2']);
});

t.test('frames wait while no consumer acknowledges', async (t) => {
  const folder = folderWith(t, {});
  const feed = createFeed();
  const profile = dedent`
    camd: 1
    pipeline:
      camera: { use: test/feed }
      spool: { use: store/spool, from: camera, path: ${folder}, min_free: 1MiB }
  `;
  const camd = await run(t, profile, { plugins: [feed.plugin] });

  await feed.send(makeCapture(1));
  await until(() => camd.status('spool').state.is === 'degraded', 'the spool to report it');

  t.match(camd.status('spool').state, { why: /No consumer acknowledges/ });
  t.equal(camd.status('spool').metrics.frames, 1);
});

for (const atLimit of ['block', 'oldest', 'newest'] as const) {
  t.test(`at_limit: ${atLimit}`, async (t) => {
    let isAway = true;
    const { probe, metric, send, clock } = await start(
      t,
      folderWith(t, {}),
      `max_frames: 16, at_limit: ${atLimit}`,
      () => {
        if (isAway) throw environment('away', 'The consumer is away.');
      },
    );
    const refused: number[] = [];
    for (let seed = 1; seed <= 20; seed++) await send('a', seed).catch(() => refused.push(seed));
    const dropped = metric(atLimit === 'oldest' ? 'dropped_oldest_total' : 'dropped_newest_total');
    isAway = false;
    await clock.advance(120_000);
    await until(() => metric('frames') === 0, 'the remaining frames to be delivered');

    const got = keys(probe.frames);
    if (atLimit === 'block') t.same(refused, [17, 18, 19, 20]);
    else t.same(refused, []);
    if (atLimit === 'oldest') t.equal(got.at(-1), 'a-20');
    else t.equal(got.at(-1), 'a-16');
    t.equal(got.length + refused.length + dropped, 20);
  });
}

t.test('frames that are older than max_age are dropped and counted', async (t) => {
  let isAway = true;
  const { probe, metric, send, clock } = await start(t, folderWith(t, {}), 'max_age: 1h', () => {
    if (isAway) throw environment('away', 'The consumer is away.');
  });
  await send('a', 1);
  await clock.advance(3_500_000);
  await send('a', 2);

  await clock.advance(150_000);
  isAway = false;
  await clock.advance(60_000);
  await until(() => metric('frames') === 0, 'the spool to be empty');

  t.same(keys(probe.frames), ['a-2']);
  t.equal(metric('expired_total'), 1);
});

t.test('mode: thin keeps one picture per interval when the backlog is large', async (t) => {
  const { metric, feed, clock } = await start(
    t,
    folderWith(t, {}),
    'mode: thin, thin_above: 1MiB, thin_every: 10s',
    () => Promise.reject(environment('away', 'The consumer is away.')),
  );
  const large = { ...makeCapture(1), data: Buffer.concat([makeCapture(1).data, Buffer.alloc(600_000)]), camera: 'a' };

  for (let second = 0; second < 30; second++) {
    await feed.send(large);
    await clock.advance(1000);
  }

  t.equal(metric('spooled_total'), 2 + 2);
  t.equal(metric('thinned_total'), 26);
});

t.test('every: one frame of a camera per interval is taken', async (t) => {
  const { metric, feed, clock } = await start(t, folderWith(t, {}), 'every: 10s');

  for (let second = 0; second < 30; second++) {
    await feed.send({ ...makeCapture(second), camera: 'a' }, false);
    await clock.advance(1000);
  }
  await until(() => metric('delivered_total') === 3, 'three frames');

  t.equal(metric('spooled_total'), 3);
});

t.test('after an outage rate limits the catch-up, and with newest-first live pictures are on time', async (t) => {
  let isAway = true;
  const clock = manualClock();
  const delays: number[] = [];
  const { metric, send, probe } = await start(
    t,
    folderWith(t, {}),
    'order: newest-first, rate: 4/s',
    (frame) => {
      if (isAway) throw environment('away', 'The server answers 500.');
      if (Number(frame.key.slice(2)) > 60) delays.push(clock.clock.now() - frame.time);
    },
    clock,
  );
  const minute = async (from: number, delivered = (_seconds: number) => true) => {
    for (let second = 0; second < 60; second++) {
      await send('a', from + second);
      await clock.advance(1000);
      // The disk is a real one, and may be slower than this clock.
      await until(() => delivered(second), `the pictures until second ${second}`);
    }
  };
  await minute(1);
  isAway = false;
  await clock.advance(60_000);
  const before = probe.frames.length;
  await minute(61, (seconds) => delays.length >= seconds);

  t.equal(delays.length, 60);
  // On a slow disk one picture may be overtaken by the next one; the backlog would delay it by 15 s.
  t.ok(Math.max(...delays) <= 3000, `${Math.max(...delays)} ms late`);
  t.ok(probe.frames.length - before <= 4 * 60 + 1);
  await until(() => metric('frames') === 0, 'the backlog to be delivered');
});

t.test('permanently refused frames become dead letters with the answer, and camd spool sends them again', async (t) => {
  const folder = folderWith(t, {});
  let isPicky = true;
  const { camd, probe, metric, send, clock } = await start(t, folder, '', (frame) => {
    if (!isPicky || frame.key !== 'a-1') return;
    const answer = { status: 422, headers: { server: 'api' }, body: 'too dark', about: 'picture' } as const;
    throw rejected('The API answered 422.', answered(answer));
  });

  await send('a', 1);
  await send('a', 2);
  await until(() => metric('frames') === 0, 'the queue to move on');

  t.same(keys(probe.frames), ['a-2']);
  const [name = ''] = readdirSync(join(folder, 'dead')).filter((file) => file.endsWith('.json'));
  const letter = JSON.parse(readFileSync(join(folder, 'dead', name), 'utf8'));
  t.match(letter, {
    camera: 'a',
    key: 'a-1',
    why: 'The API answered 422.',
    answer: { status: 422, body: 'too dark' },
  });
  t.same(readFileSync(join(folder, 'dead', name.replace('json', 'jpg'))), makeCapture(1).data);
  t.equal(metric('dead_total'), 1);

  isPicky = false;
  const { spoolCommand } = await import('../../../plugins/store/spool/command.ts');
  const options = { path: folder } as Parameters<typeof spoolCommand.run>[0];
  const command = (...words: string[]) => spoolCommand.run(options, words, (path) => path);
  t.match((await command('list')).join('\n'), /0 frames waiting[\s\S]*a +.*422 +The API answered 422/);
  t.match(JSON.parse((await command('list', '--json')).join('')), { frames: 0, dead: [{ key: 'a-1' }] });
  const id = name.replace('.json', '');
  t.match((await command('show', id)).join('\n'), /status +422\nserver +api\n\ntoo dark/);
  t.same(await command('retry', 'all'), ['1 dead letter to be sent again']);
  await clock.advance(2000);
  await until(() => probe.frames.length === 2, 'the letter to be sent again');

  t.same(keys(probe.frames), ['a-2', 'a-1']);
  await until(() => readdirSync(join(folder, 'retry')).length === 0, 'the letter to be gone');
  await t.rejects(command('drop', id), /There is no dead letter/);
  t.equal(camd.status('spool').state.is, 'running');
});

t.test('an answer about the address holds the frame instead', async (t) => {
  const folder = folderWith(t, {});
  const { metric, send } = await start(t, folder, '', () => {
    throw rejected('The API answered 404.', answered({ status: 404, headers: {}, body: '', about: 'address' }));
  });

  await send('a', 1);
  await until(() => metric('refused_total') === 1, 'the refusal');

  t.equal(metric('frames'), 1);
  t.same(readdirSync(join(folder, 'dead')), []);
});

t.test('dead letters are limited: the oldest are deleted', async (t) => {
  const folder = folderWith(t, {});
  const { metric, send } = await start(t, folder, 'max_dead: 2', () => {
    throw rejected('Never.');
  });

  for (let seed = 1; seed <= 5; seed++) await send('a', seed);
  await until(() => metric('frames') === 0, 'the queue to move on');

  t.equal(readdirSync(join(folder, 'dead')).filter((name) => name.endsWith('.json')).length, 2);
  t.equal(metric('dead_dropped_total'), 3);
});

t.test('a second camd is refused with the process and the node of the first', async (t) => {
  const folder = folderWith(t, {});
  await start(t, folder);

  const lock = await lockFolder(folder, 'the test');

  t.match(lock, { is: 'taken', holder: new RegExp(`process ${process.pid}, the node spool`) });
});

t.test('a reload with other limits keeps the frames and the files', async (t) => {
  const folder = folderWith(t, {});
  let isAway = true;
  const { camd, profile, send, probe, clock } = await start(t, folder, '', () => {
    if (isAway) throw environment('away', 'The consumer is away.');
  });
  await send('a', 1);
  await camd.reload(profile.replace('min_free: 1MiB', 'min_free: 2MiB, rate: 100/s'));
  await send('a', 2);
  isAway = false;
  await clock.advance(60_000);
  await until(() => probe.frames.length === 2, 'both frames');

  t.same(keys(probe.frames), ['a-1', 'a-2']);
});

t.test('a disk that fails is reported, and used again when it recovers', async (t) => {
  const folder = join(folderWith(t, {}), 'spool');
  mkdirSync(folder);
  const { camd, profile, send, clock } = await start(t, folder, '', () => {});
  await send('a', 1);
  await camd.reload(profile.replace('min_free: 1MiB', 'min_free: 1000TiB'));

  await t.rejects(send('a', 2), /free some space/);
  t.match(camd.status('spool').state, { is: 'degraded', why: new RegExp(folder) });
  await camd.reload(profile.replace('min_free: 1MiB', 'min_free: 1KiB'));
  await clock.advance(2000);
  await send('a', 2);

  t.equal(camd.status('spool').state.is, 'running');
});
