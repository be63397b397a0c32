// cache/latest between a source and a consumer, run by the real runner.

import t from 'tap';
import { sink } from '../../support/graph.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { cachePart, site, sourcePart } from '../../support/site.ts';
import { until } from '../../support/until.ts';

t.test('the newest frame of each camera is kept, and all frames are passed on', async (t) => {
  const out = sink(['latest']);
  const camd = await site(t, { out });

  t.strictSame(camd.stills().cameras(), ['camera'], 'a camera is known before its first frame');
  t.equal(camd.stills().latest('camera'), undefined);
  camd.shoot('1');
  camd.shoot('a', 'another');
  const newest = camd.shoot('2');

  t.equal(camd.stills().latest('camera')?.frame, newest, 'the same frame, not a copy');
  t.equal(camd.stills().latest('another')?.frame.data.toString(), 'a');
  t.strictSame(camd.stills().cameras(), ['another', 'camera']);
  t.strictSame(out.seen, ['1', 'a', '2']);
  t.match(camd.metrics('latest'), { cameras: 2, cameras_stale: 0 });
});

t.test('a silent camera is stale until its next frame', async (t) => {
  const time = manualClock();
  const camd = await site(t, { latest: cachePart(['camera'], 30) }, time.clock);
  camd.shoot();

  await time.advance(30);
  t.match(camd.stills().latest('camera'), { stale: false, age: 30 });
  t.equal(camd.metrics('latest').cameras_stale, 0);
  await time.advance(1);
  t.match(camd.stills().latest('camera'), { stale: true, age: 31 });
  t.equal(camd.metrics('latest').cameras_stale, 1);
  camd.shoot();
  t.match(camd.stills().latest('camera'), { stale: false, age: 0 });
});

t.test('waiting for the next frame ends with that frame or with the signal', async (t) => {
  const camd = await site(t);
  const control = new AbortController();
  const { signal } = control;
  const first = camd.shoot('1');

  t.equal(await camd.stills().next('camera', first.seq - 1, signal), first, 'a newer one is already available');
  const next = camd.stills().next('camera', first.seq, signal);
  const later = camd.stills().next('camera', first.seq + 1, signal);
  const second = camd.shoot('2');
  t.equal(await next, second);
  control.abort(new Error('enough'));
  await t.rejects(later, { message: 'enough' });
  await t.rejects(camd.stills().next('camera', second.seq, signal), { message: 'enough' });
});

t.test('the cache waits for a consumer that must not lose frames', async (t) => {
  let acknowledge: (() => void) | undefined;
  const camd = await site(t, {
    slow: {
      refs: { from: ['latest'] },
      start: (node) =>
        node.input().each(
          () =>
            new Promise<void>((resolve) => {
              acknowledge = resolve;
            }),
          { delivery: 'every' },
        ),
    },
  });
  const { output } = camd.source();
  let done = false;

  const sent = output.emit(
    output.stamp({ data: Buffer.from('x'), type: 'image/jpeg', width: 1, height: 1, hasHeadroom: false }),
    true,
  );
  void sent.then(() => {
    done = true;
  });
  await until(() => acknowledge !== undefined, 'the consumer');
  t.notOk(done);
  acknowledge?.();
  await sent;

  t.ok(done);
});

t.test('wants and captures pass to the source, which does not run without a consumer', async (t) => {
  const wanted: (string | undefined)[] = [];
  const camd = await site(t, {
    camera: sourcePart((node) => {
      node.output.announce('camera');
      node.output.onWant((camera) => {
        wanted.push(camera);
        return () => void wanted.push('released');
      });
      node.output.answer('capture', async (camera) =>
        node.output.stamp({
          data: Buffer.from('taken'),
          type: 'image/jpeg',
          width: 1,
          height: 1,
          hasHeadroom: false,
          camera,
        }),
      );
    }),
  });

  t.strictSame(wanted, [], 'a cache alone requests nothing');
  const release = camd.runner.output('latest')?.want('camera');
  t.strictSame(wanted, ['camera']);
  release?.();
  t.strictSame(wanted, ['camera', 'released']);
  t.equal(camd.stills().onDemand('camera'), true);
  t.equal(camd.stills().onDemand('another'), false);
  const frame = await camd.stills().capture('camera', AbortSignal.timeout(10_000));
  t.equal(frame.data.toString(), 'taken');
  t.equal(camd.stills().latest('camera')?.frame, frame);
});

t.test('frames and waiting requests survive a changed option', async (t) => {
  const camd = await site(t);
  const frame = camd.shoot('kept');
  const waiting = camd.stills().next('camera', frame.seq, AbortSignal.timeout(20_000));

  await camd.move({ ...camd.parts, latest: cachePart(['camera'], 60_000) });

  t.equal(camd.stills().latest('camera')?.frame, frame);
  const next = camd.shoot('next');
  t.equal(await waiting, next);
});

t.test('waiting requests are rejected when the cache stops', async (t) => {
  const camd = await site(t);
  const waiting = camd.stills().next('camera', 1e9, AbortSignal.timeout(20_000));

  const refused = t.rejects(waiting, { code: 'stopping' });
  await camd.runner.stop();

  await refused;
});

t.test('frames of cameras beyond max_cameras are passed on but not kept', async (t) => {
  const out = sink(['latest']);
  const one = { ...cachePart(['camera'], 20), options: { stale_after: 20, max_cameras: 1 } };
  const camd = await site(t, { out, latest: one });
  camd.shoot('1', 'first');
  camd.shoot('2', 'second');

  t.equal(camd.stills().latest('second'), undefined);
  t.strictSame(out.seen, ['1', '2']);
  t.match(JSON.stringify(camd.lines), /more cameras than max_cameras/);
});
