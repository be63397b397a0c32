// The age of the pictures of a slow viewer, with the listening socket that systemd opens and the one that camd opens itself.

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import t from 'tap';
import { startDaemon } from './support/daemon.ts';
import { dedent } from './support/dedent.ts';
import { feed } from './support/feed.ts';
import type { Ending } from './support/harness.ts';
import { sampleJpeg } from './support/jpeg.ts';
import { until } from './support/until.ts';

/** Opens a listener as systemd does for a .socket unit with SendBuffer=, and becomes the command. */
const ACTIVATOR = `
import os, socket, sys
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, int(sys.argv[1]))
s.bind(("127.0.0.1", 0))
s.listen(4096)
os.dup2(s.fileno(), 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()), LISTEN_FDNAMES="web")
os.execvp(sys.argv[2], sys.argv[2:])
`;

/** Bytes of one picture. */
const SIZE = 60_000;
/** Bytes a second of the slow line for which the ages are computed. */
const RATE = 100_000;

const numbered = (n: number): Buffer => {
  const jpeg = sampleJpeg();
  const comment = Buffer.alloc(SIZE, 0x20);
  comment.write(`number ${n};`, 4, 'latin1');
  comment.writeUInt16BE(0xfffe, 0);
  comment.writeUInt16BE(SIZE - 2, 2);
  return Buffer.concat([jpeg.subarray(0, 2), comment, jpeg.subarray(2)]);
};

/**
 * Seconds that the pictures which are still on their way need at RATE, when a viewer begins to read again after it has read nothing
 * for so many pictures.
 */
async function staleSeconds(t: Ending, pictures: number, shell?: string): Promise<number> {
  const camera = await feed(t);
  const yaml = dedent`
    camd: 1
    pipeline:
      cam: { use: source/tcp, connect: '127.0.0.1:${camera.port}', parse: mjpeg }
      latest: { use: cache/latest, from: cam }
      web: { use: http/server, listen: 127.0.0.1:0 }
      stream: { use: http/stream, on: web, path: /stream, from: latest, stall: 2m, repeat: 1h }
      snapshot: { use: http/snapshot, on: web, path: /snapshot, from: latest }
  `;
  const camd = await startDaemon(t, yaml, { ...(shell === undefined ? {} : { shell }) });
  const origin = await camd.origin('web');
  await until(() => camera.clients() === 1, 'camd to be connected');
  const viewer = connect(Number(new URL(origin).port), '127.0.0.1');
  t.teardown(() => void viewer.destroy());
  await once(viewer, 'connect');
  viewer.write('GET /stream HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
  let after = -1;
  for (let n = 1; n <= pictures; n++) {
    camera.send(numbered(n));
    // A snapshot of this picture means that the stream has been offered it.
    const reply = await fetch(`${origin}/snapshot?after=${after}`);
    after = Number(reply.headers.get('x-sequence'));
    await reply.arrayBuffer();
  }

  const seen: number[] = [];
  let rest = '';
  viewer.setEncoding('latin1');
  viewer.on('data', (text: string) => {
    rest += text;
    for (let found = /number (\d+);/.exec(rest); found; found = /number (\d+);/.exec(rest)) {
      seen.push(Number(found[1]));
      rest = rest.slice(found.index + found[0].length);
    }
    rest = rest.slice(-40);
  });
  await until(() => seen.includes(pictures), 'the newest picture');
  return ((seen.length - 1) * SIZE) / RATE;
}

t.test(
  'a viewer at 100 KB/s sees pictures of a few seconds ago through the socket of systemd, and far older ones without it',
  async (t) => {
    const unit = readFileSync('packaging/systemd/camd.socket', 'utf8');
    const kilobytes = /^SendBuffer=(\d+)K$/m.exec(unit)?.[1];
    const shell = `exec python3 -c '${ACTIVATOR}' ${Number(kilobytes) * 1024} "$@"`;

    const ours = await staleSeconds(t, 40);
    const theirs = await staleSeconds(t, 20, shell);

    t.comment(`${theirs} s, and ${ours} s without SendBuffer=`);
    t.ok(theirs < 6, `${theirs} s`);
    t.ok(ours > 3 * theirs, `${ours} s without it`);
  },
);
