// Viewers of streams: which frames they receive and when, slow viewers, and disconnected ones.

import type { Socket } from 'node:net';
import { Writable } from 'node:stream';
import t, { type Test } from 'tap';
import { createChannels, type Host } from '../../../../plugins/kit/live/stream-channel.ts';
import { makeFrame } from '../../../../testing/index.ts';
import { until } from '../../../support/until.ts';

const turn = (): Promise<unknown> => new Promise((resolve) => setImmediate(resolve));

/** A connection that accepts data only while the test allows it. */
function connection(t: Test) {
  let isOpen = true;
  let ends = '';
  const waiting: (() => void)[] = [];
  const taken: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _coding, done) {
      const seq = /X-Timestamp: \d+\.\d{2}(\d)/.exec(chunk.toString('latin1'));
      if (chunk.length > 0) taken.push(seq?.[1] ?? '?');
      if (isOpen) done();
      else waiting.push(done);
    },
  });
  const socket = Object.assign(stream, {
    destroySoon() {
      ends = 'end';
      stream.destroy();
    },
  }) as unknown as Socket;
  t.teardown(() => socket.destroy());
  socket.once('close', () => {
    ends ||= 'cut';
  });
  return {
    ...{ socket, taken },
    end: () => ends,
    stall: () => {
      isOpen = false;
    },
    flow: () => {
      isOpen = true;
      for (const done of waiting.splice(0)) done();
    },
  };
}

function world(t: Test, more: Partial<Host> = {}) {
  let now = 1000;
  const counts: Record<string, number> = {};
  const wants: string[] = [];
  const newest = new Map<string, ReturnType<typeof makeFrame>>();
  const host: Host = {
    now: () => now,
    newest: (camera) => newest.get(camera),
    want(camera) {
      wants.push(`+${camera}`);
      return () => void wants.push(`-${camera}`);
    },
    shows: () => undefined,
    count: (name, by = 1) => {
      if (by < 1) throw new Error(`${name}: nothing is no reason to count`);
      counts[name] = (counts[name] ?? 0) + by;
    },
    stall: 400_000,
    repeat: 900_000,
    ...more,
  };
  const channels = createChannels();
  t.teardown(() => channels.close());
  channels.moveTo(host);
  const frame = (camera: string, seq: number) => makeFrame(camera, seq, { time: seq });
  return {
    ...{ channels, host, counts, wants },
    show: (seq: number, camera = 'gate') => channels.show(frame(camera, seq)),
    known: (seq: number, camera = 'gate') => void newest.set(camera, frame(camera, seq)),
    pass: (ms: number) => {
      now += ms;
    },
    admit(interval = 0, camera = 'gate', urlKey?: string) {
      const viewer = connection(t);
      channels.admit(viewer.socket, camera, interval, urlKey);
      return viewer;
    },
  };
}

t.test('a viewer receives the newest frame at once, and then each newer one of its camera', async (t) => {
  const { channels, known, show, admit, counts } = world(t);
  known(1);
  const viewer = admit();
  show(2);
  show(1);
  show(2);
  show(3, 'yard');
  show(3);

  t.same(viewer.taken, ['1', '2', '3']);
  t.same(counts, { frames_sent_total: 3 });
  t.equal(channels.size(), 1);
  t.equal(channels.watching('gate'), 1);
  t.equal(channels.watching('yard'), 0);
});

t.test('a camera is wanted while it has viewers', async (t) => {
  const { channels, admit, wants } = world(t);
  const [a, b] = [admit(), admit()];
  t.same(wants, ['+gate']);
  a.socket.destroy();
  await turn();
  t.same(wants, ['+gate']);
  t.equal(channels.size(), 1);
  b.socket.destroy();
  await turn();
  t.same(wants, ['+gate', '-gate']);
  t.equal(channels.size(), 0);
});

t.test('a connection that is already closed does not become a viewer', async (t) => {
  const { channels, known, wants } = world(t);
  known(1);
  const gone = connection(t);
  gone.socket.destroy();
  channels.admit(gone.socket, 'gate', 0);

  t.equal(channels.size(), 0);
  t.same(wants, ['+gate', '-gate']);
  t.same(gone.taken, []);
});

t.test('a slow viewer skips frames, and receives the newest one after it has accepted the previous one', async (t) => {
  const { channels, show, admit, counts, pass } = world(t);
  const [slow, quick] = [admit(), admit()];
  slow.stall();
  for (const seq of [1, 2, 3, 4]) show(seq);
  pass(700);

  t.same(slow.taken, ['1']);
  t.same(quick.taken, ['1', '2', '3', '4']);
  t.same(counts, { frames_sent_total: 5, viewer_frames_skipped_total: 3 });
  t.same(channels.lag(), { viewers: 1, worst: 700 });
  slow.flow();
  await turn();
  t.same(slow.taken, ['1', '4']);
  t.same(channels.lag(), { viewers: 0, worst: 0 });
  t.equal(counts.frames_sent_total, 6);
  show(5);
  t.same(slow.taken, ['1', '4', '5']);
});

t.test('a viewer that accepts no data for too long is disconnected', async (t) => {
  const { channels, show, admit, counts, pass } = world(t);
  const [stuck, idle] = [admit(), admit()];
  stuck.stall();
  show(1);
  pass(399_999);
  channels.sweep();
  await turn();
  t.equal(stuck.end(), '');
  pass(1);
  channels.sweep();
  await turn();
  t.equal(stuck.end(), 'cut');
  t.equal(idle.end(), '');
  t.equal(counts.viewers_stalled_total, 1);
  t.equal(channels.size(), 1);
});

t.test('the last frame is sent again after a time without a new one', async (t) => {
  const { channels, show, admit, counts, pass } = world(t);
  const viewer = admit();
  channels.sweep();
  show(1);
  pass(899_999);
  channels.sweep();
  t.same(viewer.taken, ['1']);
  pass(1);
  channels.sweep();
  t.same(viewer.taken, ['1', '1']);
  t.equal(counts.frames_repeated_total, 1);
  channels.sweep();
  t.equal(counts.frames_repeated_total, 1, 'the time starts again');
});

t.test('a viewer with its own rate receives no more than that, and a sweep sends due frames', async (t) => {
  const { channels, known, show, admit, pass } = world(t);
  known(1);
  const viewer = admit(1000);
  t.same(viewer.taken, ['1']);
  pass(500);
  show(2);
  pass(399);
  show(3);
  t.same(viewer.taken, ['1']);
  pass(1);
  show(4);
  t.same(viewer.taken, ['1', '4'], 'a frame may come a tenth of the interval early');
  pass(200);
  show(5);
  channels.sweep();
  t.same(viewer.taken, ['1', '4']);
  pass(900);
  channels.sweep();
  t.same(viewer.taken, ['1', '4', '5']);
});

t.test('viewers of a removed camera are disconnected after the last data, stalled ones immediately', async (t) => {
  const { channels, show, admit } = world(t);
  const [idle, stuck, other] = [admit(), admit(), admit(0, 'yard')];
  stuck.stall();
  show(1);
  channels.leave(['gate', 'nobody']);
  await turn();

  t.equal(idle.end(), 'end');
  t.equal(stuck.end(), 'cut');
  t.equal(other.end(), '');
  channels.close();
  await turn();
  t.equal(other.end(), 'end');
});

t.test('one URL shows one camera: its viewers of another camera are disconnected', async (t) => {
  let shows: string | undefined;
  const { channels, host, admit } = world(t, { shows: () => shows });
  const first = admit(0, 'gate', '/');
  const named = admit(0, 'gate');
  const second = admit(0, 'gate', '/');
  await turn();
  t.equal(first.end(), '');
  const third = admit(0, 'yard', '/');
  await turn();
  t.same([first.end(), second.end(), named.end(), third.end()], ['end', 'end', '', '']);

  channels.moveTo(host);
  await turn();
  t.equal(third.end(), '', 'an unknown camera changes nothing');
  shows = 'gate';
  channels.leave(['nobody']);
  await turn();
  t.equal(third.end(), 'end');
  t.equal(named.end(), '');
});

t.test('another node takes over without a gap: it wants the cameras before the first one releases them', async (t) => {
  const { channels, host, admit, wants, known, show, counts } = world(t);
  const viewer = admit();
  known(5);
  channels.moveTo({ ...host });
  t.same(wants, ['+gate', '+gate', '-gate']);
  t.same(viewer.taken, ['5'], 'its newest frame is sent');
  channels.moveTo(undefined);
  t.same(wants, ['+gate', '+gate', '-gate', '-gate']);
  show(6);
  channels.sweep();
  t.same(viewer.taken, ['5']);
  t.same(counts, { frames_sent_total: 1 });
  channels.moveTo(host);
  show(7);
  t.same(viewer.taken, ['5', '7']);
});

t.test('a timer handles stalled and silent streams while there are viewers', async (t) => {
  const { channels, show, admit, counts, pass } = world(t, { stall: 80, repeat: 80 });
  const viewer = admit();
  show(1);
  pass(100);
  await until(() => counts.frames_repeated_total === 1, 'the same frame again');
  viewer.socket.destroy();
  await turn();
  t.equal(channels.size(), 0);

  const stuck = admit();
  stuck.stall();
  show(2);
  pass(100);
  await until(() => stuck.end() === 'cut', 'the end of the stalled viewer');
  t.equal(counts.viewers_stalled_total, 1);
});
