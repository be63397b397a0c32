// Parts of live streams: framing byte by byte, picture heads, checks for stalled connections, and viewers across reloads.

import t from 'tap';
import { type Frame, HEADROOM, TAILROOM } from '../../../../core/contract/frame.ts';
import type { Node } from '../../../../core/contract/plugin.ts';
import { createCameraChannels } from '../../../../plugins/kit/live/camera-channels.ts';
import { durableChannels } from '../../../../plugins/kit/live/durable-channels.ts';
import { BOUNDARY, partOf, streamHead, timestamp } from '../../../../plugins/kit/live/part.ts';
import { HEAD_BYTES, readHead, writeHead } from '../../../../plugins/kit/live/picture-head.ts';
import { checkForStalls } from '../../../../plugins/kit/live/stalls.ts';
import { makeFrame, sampleJpeg } from '../../../../testing/index.ts';
import { manualClock, settle } from '../../../support/manual-clock.ts';

const around = (data: Buffer, time: string, type = 'image/jpeg'): Buffer =>
  Buffer.concat([
    Buffer.from(`Content-Type: ${type}\r\nContent-Length: ${data.length}\r\nX-Timestamp: ${time}\r\n\r\n`),
    data,
    Buffer.from(`\r\n--${BOUNDARY}\r\n`),
  ]);

t.test('a part is its head, the picture and the boundary, with or without headroom', (t) => {
  const plain = makeFrame('gate', 1, { time: 1.5 });
  const made = partOf(plain);
  t.ok(made.equals(around(plain.data, '0.001500')));
  t.equal(partOf(plain), made, 'it is built once');

  const room = Buffer.alloc(HEADROOM + plain.data.length + TAILROOM);
  plain.data.copy(room, HEADROOM);
  const data = room.subarray(HEADROOM, HEADROOM + plain.data.length);
  const roomy: Frame = { ...plain, data, hasHeadroom: true };
  const part = partOf(roomy);
  t.ok(part.equals(around(plain.data, '0.001500')));
  t.equal(part.buffer, room.buffer, 'nothing is copied');
  t.ok(data.equals(plain.data), 'the picture is unchanged');

  const png = makeFrame('gate', 2, { time: 0, type: 'image/png', data: Buffer.from('png') });
  t.ok(partOf(png).equals(around(png.data, '0.000000', 'image/png')));
  const nested = makeFrame('gate', 3, { time: 0, data: sampleJpeg({ thumbnail: true }) });
  const shown = partOf(nested);
  t.ok(shown.length < around(nested.data, '0.000000').length, 'a thumbnail inside the picture is removed');
  t.equal(shown.indexOf(Buffer.from([0xff, 0xd8]), shown.indexOf(Buffer.from([0xff, 0xd8])) + 2), -1);
  t.end();
});

t.test('a time has six decimals', (t) => {
  const cases: readonly (readonly [number, string])[] = [
    [0, '0.000000'],
    [1, '0.001000'],
    [999.9996, '1.000000'],
    [1000, '1.000000'],
    [1_700_000_000_123.25, '1700000000.123250'],
  ];
  for (const [time, text] of cases) t.equal(timestamp(time), text);
  t.end();
});

t.test('the head of a stream forbids caching and buffering, and ends with the first boundary', (t) => {
  const head = streamHead([['X-Own', 'yes']], true);

  t.match(head, /^HTTP\/1\.1 200 OK\r\nContent-Type: multipart\/x-mixed-replace; boundary=boundarydonotcross\r\n/);
  for (const line of ['X-Own: yes', 'Connection: close', 'Pragma: no-cache', 'Expires: 0', 'X-Accel-Buffering: no']) {
    t.ok(head.includes(`\r\n${line}\r\n`), line);
  }
  t.ok(head.endsWith('\r\n\r\n--boundarydonotcross\r\n'));
  t.ok(streamHead([], false).endsWith('\r\nConnection: close\r\n\r\n'));
  t.end();
});

t.test('the head of a picture is read as it was written, at any offset of a buffer', (t) => {
  const heads = [
    { n: 0, seq: 0, type: 'image/jpeg', time: 0, sent: 0, reduced: 0 },
    { n: 7, seq: 2 ** 32 - 1, type: 'image/png', time: 1.5, sent: 1e12 + 0.25, reduced: 3 },
    { n: 4_000_000_000, seq: 9, type: 'image/png', time: -1, sent: 2, reduced: 255 },
  ] as const;
  for (const head of heads) {
    const bytes = new Uint8Array(HEAD_BYTES + 10).fill(0xaa);
    writeHead(bytes.subarray(5), head);
    t.strictSame(readHead(bytes.slice(5).buffer), head);
    t.same(
      [...bytes.subarray(0, 5), ...bytes.subarray(5 + HEAD_BYTES)],
      Array(10).fill(0xaa),
      'other bytes are unchanged',
    );
  }
  const bytes = new Uint8Array(HEAD_BYTES);
  writeHead(bytes, { n: 1, seq: 2 ** 32 + 5, type: 'image/jpeg', time: 0, sent: 0 });
  t.match(readHead(bytes.buffer), { seq: 5, reduced: 0, type: 'image/jpeg' });
  t.throws(() => readHead(new ArrayBuffer(HEAD_BYTES - 1)), RangeError);
  t.end();
});

t.test('connections are checked four times within the stall limit, at bounded intervals', async (t) => {
  for (const [stall, pause] of [
    [2000, 500],
    [60_000, 1000],
    [4, 20],
  ] as const) {
    const time = manualClock();
    const control = new AbortController();
    let looks = 0;
    let ended = false;
    checkForStalls(
      {
        clock: time.clock,
        task: (work) =>
          void work(control.signal).then(() => {
            ended = true;
          }),
      } as Pick<Node<unknown>, 'task' | 'clock'>,
      stall,
      () => looks++,
    );
    await time.advance(pause - 1);
    t.equal(looks, 0, `${stall}`);
    await time.advance(1);
    t.equal(looks, 1, `${stall}`);
    await time.advance(3 * pause);
    t.equal(looks, 4, `${stall}`);
    control.abort();
    await settle();
    t.equal(ended, true);
    t.equal(time.sleepers(), 0);
  }
});

t.test('a channel is open while it has viewers, and keeps the newest frame', (t) => {
  const channels = createCameraChannels<string>();
  const journal: string[] = [];
  const host = (name: string, newest?: Frame) => ({
    now: () => 500,
    newest: () => newest,
    want: (camera: string) => {
      journal.push(`${name} +${camera}`);
      return () => void journal.push(`${name} -${camera}`);
    },
  });
  const early = channels.join('gate', 'v0');
  t.match(early, { since: 0, newest: undefined });
  t.equal(channels.accept(makeFrame('gate', 1)), undefined, 'no node serves it yet');
  channels.moveTo(host('a', makeFrame('gate', 3)));
  t.same(journal.splice(0), ['a +gate']);
  t.equal(channels.get('gate')?.newest?.seq, 3);

  t.equal(channels.join('yard', 'v1').since, 500);
  t.equal(channels.size, 2);
  t.equal([...channels.all()].length, 2);
  t.equal(channels.accept(makeFrame('gate', 3)), undefined);
  t.equal(channels.accept(makeFrame('gate', 4)), channels.get('gate'));
  t.equal(channels.accept(makeFrame('shed', 4)), undefined);
  channels.moveTo(host('b', makeFrame('gate', 2)));
  t.same(journal.splice(0), ['a +yard', 'b +gate', 'a -gate', 'b +yard', 'a -yard']);
  t.equal(channels.get('gate')?.newest?.seq, 4, 'an older frame is ignored');

  t.equal(channels.leave('gate', 'stranger'), false);
  t.equal(channels.leave('shed', 'v0'), false);
  channels.join('gate', 'v2');
  t.equal(channels.leave('gate', 'v0'), true);
  t.same(journal, []);
  t.equal(channels.leave('gate', 'v2'), true);
  t.same(journal, ['b -gate']);
  t.equal(channels.get('gate'), undefined);
  t.end();
});

t.test('viewers move to a successor in the same step, and to no node without one', async (t) => {
  const moves: (string | undefined)[] = [];
  let closed = 0;
  const make = () => ({ moveTo: (host: string | undefined) => void moves.push(host), close: () => void closed++ });
  let kept: unknown;
  let dispose = (): void => {};
  const ends: (() => void)[] = [];
  const node = {
    async durable(
      _name: string,
      { create, dispose: end, same }: { create(): unknown; dispose(value: unknown): void; same: unknown },
    ) {
      t.same(same, ['/path']);
      kept ??= create();
      dispose = () => end(kept);
      return kept;
    },
    // The previous instance ends in the same step.
    whileActive: (attach: () => () => void) => {
      ends.at(-1)?.();
      ends.push(attach());
    },
  } as unknown as Node<unknown>;

  const first = await durableChannels(node, '/path', 'one', make);
  const second = await durableChannels(node, '/path', 'two', make);
  await settle();
  t.equal(first, second);
  t.same(moves, ['one', 'two']);
  ends.at(-1)?.();
  await settle();
  t.same(moves, ['one', 'two', undefined]);
  dispose();
  t.equal(closed, 1);
});
