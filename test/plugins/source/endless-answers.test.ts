// Endless answers of cameras: each is aborted or skipped, and none fills the memory.

import type { Socket } from 'node:net';
import t from 'tap';
import { fakeCamera } from '../../support/fake-camera.ts';
import { run } from '../../support/harness.ts';
import { sampleJpeg } from '../../support/jpeg.ts';
import { liveBytes } from '../../support/live-bytes.ts';
import { until } from '../../support/until.ts';

t.setTimeout(120_000);

const MiB = 2 ** 20;
/** Each camera sends at most this many bytes. */
const MOST = 4 * MiB;
const PIECE = 64 * 1024;
const MAX_FRAME = 256 * 1024;

interface Endless {
  /** Sent once. */
  readonly begin: string;
  /** Sent repeatedly. */
  readonly again: string;
}

const OK = 'HTTP/1.1 200 OK\r\n';
const STILL = `${OK}Content-Type: image/jpeg\r\n`;
const MIXED = `${OK}Content-Type: multipart/x-mixed-replace;boundary=b\r\n`;
const START = sampleJpeg({}).subarray(0, -2).toString('latin1');

const EVERYWHERE: Readonly<Record<string, Endless>> = {
  'a status line': { begin: 'HTTP/1.1 200 ', again: 'OK' },
  'empty lines before the status line': { begin: '', again: '\r\n' },
  'interim responses': { begin: '', again: 'HTTP/1.1 100 Continue\r\n\r\n' },
  'one header': { begin: OK, again: 'x' },
  headers: { begin: OK, again: 'X-A: b\r\n' },
  'a continued header': { begin: `${OK}X-A: b\r\n`, again: ' c\r\n' },
  'a chunk size': { begin: `${OK}Transfer-Encoding: chunked\r\n\r\n`, again: '0' },
  'a chunk extension': { begin: `${OK}Transfer-Encoding: chunked\r\n\r\n1;`, again: 'x' },
  'empty chunk lines': { begin: `${OK}Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n`, again: '\r\n' },
  'a trailer': { begin: `${OK}Transfer-Encoding: chunked\r\n\r\n0\r\n`, again: 'X-A: b\r\n' },
};
const STILLS: Readonly<Record<string, Endless>> = {
  ...EVERYWHERE,
  'a body without a picture': { begin: `${STILL}\r\n`, again: '\0' },
  'a body beyond its length': { begin: `${STILL}Content-Length: 10\r\n\r\n`, again: 'x' },
  'a picture without an end': { begin: `${STILL}\r\n${START}`, again: 'x' },
  'segments of a picture': { begin: `${STILL}\r\n\xff\xd8`, again: '\xff\xfe\0\x06abcd' },
  'stray bytes in a picture': { begin: `${STILL}\r\n\xff\xd8\xff\xfe\0\x02`, again: '\0' },
};
const STREAMS: Readonly<Record<string, Endless>> = {
  ...EVERYWHERE,
  'a line outside of parts': { begin: `${MIXED}\r\n`, again: 'x' },
  'lines outside of parts': { begin: `${MIXED}\r\n`, again: 'x\r\n' },
  'a delimiter': { begin: `${MIXED}\r\n--b`, again: 'x' },
  delimiters: { begin: `${MIXED}\r\n`, again: '--b\r\n' },
  'headers of a part': { begin: `${MIXED}\r\n--b\r\n`, again: 'X-A: b\r\n' },
  'a body of unknown length': { begin: `${MIXED}\r\n--b\r\n\r\n`, again: 'x' },
  'a body of a huge length': { begin: `${MIXED}\r\n--b\r\nContent-Length: 99999999999\r\n\r\n`, again: 'x' },
  'a picture without an end': { begin: `${MIXED}\r\n--b\r\n\r\n${START}`, again: 'x' },
  'a picture of a huge length': {
    begin: `${MIXED}\r\n--b\r\nContent-Length: 99999999999\r\n\r\n${START}`,
    again: 'x',
  },
  'headers where a stream was expected': { begin: `${OK}\r\n`, again: 'X-A: b\r\n' },
};

/** Sends until MOST bytes are sent or the other side closes the connection. */
function pour(socket: Socket, { begin, again }: Endless, over: () => void): void {
  const piece = Buffer.from(again.repeat(Math.ceil(PIECE / again.length)), 'latin1');
  socket.write(begin, 'latin1');
  socket.once('close', over);
  let sent = 0;
  const more = (): void => {
    if (socket.destroyed) return;
    sent += piece.length;
    if (sent >= MOST) {
      socket.off('close', over);
      over();
    } else socket.write(piece, more);
  };
  more();
}

for (const [use, answers] of [
  ['http-poll', STILLS],
  ['http-stream', STREAMS],
] as const) {
  t.test(`source/${use} aborts or skips endless answers`, async (t) => {
    const list = Object.entries(answers);
    const over = new Set<string>();
    const sockets: Socket[] = [];
    const { port } = await fakeCamera(t, (socket, head) => {
      const [name = '', answer] = list[Number(head.split(/[/ ]/)[2])] ?? [];
      if (answer === undefined || over.has(name)) socket.destroy();
      else {
        sockets.push(socket);
        pour(socket, answer, () => over.add(name));
      }
    });
    const more =
      use === 'http-poll' ? `max_frame: ${MAX_FRAME}B` : `parse: { use: multipart, max_frame: ${MAX_FRAME}B }`;
    const node = (_: unknown, at: number): string =>
      `  n${at}: { use: source/${use}, url: "http://127.0.0.1:${port}/${at}", timeout: 20s, ${more} }`;
    const before = liveBytes();

    const camd = await run(t, ['camd: 1', 'pipeline:', ...list.map(node)].join('\n'));
    await until(
      () => over.size === list.length,
      () => `the end of ${list.flatMap(([name]) => (over.has(name) ? [] : [name])).join(', ')}`,
    );
    const grown = liveBytes() - before;

    for (const socket of sockets) socket.destroy();

    t.ok(grown < 24 * MiB, `${list.length} cameras left ${(grown / MiB).toFixed(1)} MiB`);
    for (const [at, [name]] of list.entries()) {
      const { framesOut } = await camd.state(`n${at}`, 'degraded');
      t.equal(framesOut, 0, name);
    }
  });
}
