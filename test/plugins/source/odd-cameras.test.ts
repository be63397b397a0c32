// Cameras that break the rules of HTTP, multipart and JPEG, but work in browsers: every picture arrives.

import t from 'tap';
import { collect } from '../../support/collect.ts';
import { dedent } from '../../support/dedent.ts';
import { fakeCamera, join } from '../../support/fake-camera.ts';
import { type Ending, run } from '../../support/harness.ts';
import { realJpegs } from '../../support/real-jpegs.ts';
import { until } from '../../support/until.ts';

const PICTURES = await realJpegs(5);
const MIXED = 'Content-Type: multipart/x-mixed-replace';

interface OddCamera {
  readonly use: 'http-poll' | 'http-stream';
  readonly options?: string;
  /** The metric that counts it. */
  readonly odd?: string;
  /** The pieces of the response. */
  readonly send: (picture: Buffer, all: readonly Buffer[]) => readonly (Buffer | string)[];
  /** The camera leaves the connection open. */
  readonly open?: boolean;
}

const still = (head: (length: number) => string, odd: string, body = (p: Buffer): Buffer => p): OddCamera => ({
  use: 'http-poll',
  odd,
  send: (picture) => [head(body(picture).length), body(picture)],
});
const stream = (
  head: string,
  odd: string | undefined,
  part: (picture: Buffer) => readonly (Buffer | string)[],
  options = '',
): OddCamera => ({
  use: 'http-stream',
  ...(odd === undefined ? {} : { odd }),
  options,
  open: true,
  send: (_, all) => [head, ...all.flatMap(part)],
});
const OK = 'HTTP/1.1 200 OK\r\n';
const jpeg = (length: number): string => `Content-Type: image/jpeg\r\nContent-Length: ${length}\r\n`;
const partOf = (picture: Buffer, boundary = 'frame', length = picture.length): (Buffer | string)[] => [
  `--${boundary}\r\nContent-Type: image/jpeg\r\nContent-Length: ${length}\r\n\r\n`,
  picture,
  '\r\n',
];
const beforeTables = (picture: Buffer, stray: Buffer): Buffer => {
  const at = picture.indexOf(Buffer.from([0xff, 0xdb]));
  return Buffer.concat([picture.subarray(0, at), stray, picture.subarray(at)]);
};

const CAMERAS: Readonly<Record<string, OddCamera>> = {
  'a date where a header belongs': still(
    (n) => `${OK}Tue, 12 Jun 2012 01:56:34 GMT\r\n${jpeg(n)}Connection: close\r\n\r\n`,
    'header_name',
  ),
  'a header line without a name': still((n) => `${OK}GoaHead\r\n: x\r\n${jpeg(n)}\r\n`, 'nameless_header'),
  'a space before the colon, and in a name': still(
    (n) => `${OK}Content-Type : image/jpeg\r\nX Y: 1\r\nContent-Length : ${n}\r\n\r\n`,
    'header_name',
  ),
  'a control character in a value': still((n) => `${OK}Server: a\x01b\r\n${jpeg(n)}\r\n`, 'header_value'),
  'lines that end with LF': still(
    () => 'HTTP/1.1 200\nCache-Control: no-cache\nContent-Type: image/jpeg\n\n',
    'line_ends',
  ),
  'one line of several that ends with LF': still((n) => `${OK}X-Channel: 2\n${jpeg(n)}\r\n`, 'line_ends'),
  'a still of fewer bytes than Content-Length says': still((n) => `${OK}${jpeg(n + 48)}\r\n`, 'shorter_than_length'),
  'the same, and the connection stays open': {
    ...still((n) => `${OK}${jpeg(n + 48)}\r\n`, ''),
    odd: '',
    open: true,
  },
  'a still of more bytes than Content-Length says': still((n) => `${OK}${jpeg(n - 100)}\r\n`, 'longer_than_length'),
  'Content-Length -1 over a still': still((n) => `${OK}${jpeg(n).replace(String(n), '-1')}\r\n`, 'content_length'),
  'Content-Length together with chunks': still(
    (n) => `${OK}${jpeg(n)}Transfer-Encoding: chunked\r\n\r\n`,
    'length_and_chunked',
    (p) => join(`${p.length.toString(16)}\r\n`, p, '\r\n0\r\n\r\n'),
  ),
  'chunks that are announced and not sent': still(() => `${OK}Transfer-Encoding: chunked\r\n\r\n`, 'not_chunked'),
  'a picture without any head': still(() => '', 'status_line'),
  'a still without its last two bytes': still(
    (n) => `${OK}${jpeg(n)}\r\n`,
    'no_end',
    (p) => p.subarray(0, -2),
  ),
  ...Object.fromEntries(
    ['-1', 'unknown', '99999999999999999999999', '2147483647\r\nContent-Length: 2147483647'].map((length) => [
      `Content-Length "${length.slice(0, 10)}" ${length.includes('\n') ? 'twice ' : ''}over a stream`,
      stream(`${OK}${MIXED};boundary=frame\r\nContent-Length: ${length}\r\n\r\n`, undefined, (p) => partOf(p)),
    ]),
  ),
  'a boundary with a space and without quotes': stream(
    `HTTP/1.0 200 OK\r\n${MIXED};boundary=--video boundary--\r\n\r\n`,
    undefined,
    (p) => [
      `--video boundary--\r\nContent-length: ${p.length}\r\nDate: 01-01-2011 03:30:45 AM IO_0_PT_3\r\nContent-type: image/jpeg\r\n\r\n`,
      p,
      '\r\n\r\n',
    ],
  ),
  'another boundary than the announced one': stream(
    `${OK}${MIXED}; boundary=ipcamera\r\n\r\n`,
    'boundary_differs',
    (p) => partOf(p, 'ThisRandomString'),
  ),
  'no line end behind the boundary': stream(`${OK}${MIXED};boundary=--jpgboundary\r\n\r\n`, 'boundary_glued', (p) => [
    `--jpgboundaryContent-type: image/jpeg\r\nContent-length: ${p.length}\r\n\r\n`,
    p,
    '\r\n',
  ]),
  'all headers of a part on the line of the boundary': stream(
    `${OK}${MIXED};boundary=frame\r\n\r\n`,
    'boundary_glued',
    (p) => [`--frame Content-Type: image/jpeg Content-Length: ${p.length}\r\n\r\n`, p, '\r\n'],
  ),
  'the picture directly behind the boundary': stream(`${OK}${MIXED};boundary=frame\r\n\r\n`, 'boundary_glued', (p) => [
    '--frame',
    p,
    '\r\n',
  ]),
  'no Content-Type, with a boundary in the profile': stream(
    'HTTP/1.0 200 OK\r\nServer: x\r\n\r\n',
    undefined,
    (p) => ['--ffmpeg\r\nContent-type: image/jpeg\r\n\r\n', p, '\r\n'],
    ', parse: { use: multipart, boundary: ffmpeg }',
  ),
  ...Object.fromEntries(
    ['', 'application/octet-stream', 'video/x-motion-jpeg', 'text/html'].map((type) => [
      `the Content-Type "${type}" over parts`,
      stream(`${OK}${type === '' ? '' : `Content-Type: ${type}\r\n`}\r\n`, 'content_type', (p) => partOf(p)),
    ]),
  ),
  'JPEGs one after another that are announced as parts': stream(
    `${OK}${MIXED};boundary=x\r\n\r\n`,
    'bare_pictures',
    (p) => [p],
  ),
  'parts that are announced 100 bytes too long': stream(`${OK}${MIXED}; boundary=frame\r\n\r\n`, 'part_length', (p) =>
    partOf(p, 'frame', p.length + 100),
  ),
  'parts that all announce the size of a buffer': stream(`${OK}${MIXED}; boundary=frame\r\n\r\n`, 'part_length', (p) =>
    partOf(p, 'frame', 200_000),
  ),
  'parts that are announced too short': stream(`${OK}${MIXED}; boundary=frame\r\n\r\n`, 'part_length', (p) =>
    partOf(p, 'frame', p.length - 50),
  ),
  'an empty line before the picture that its length does not count': stream(
    `${OK}${MIXED}; boundary=frame\r\n\r\n`,
    'bytes_before_picture',
    (p) => [`--frame\r\nContent-Type: image/jpeg\r\nContent-Length: ${p.length}\r\n\r\n\r\n`, p, '\r\n'],
  ),
  'a stray byte before a segment': stream(`${OK}${MIXED}; boundary=frame\r\n\r\n`, 'stray_bytes', (p) =>
    partOf(beforeTables(p, Buffer.from([0]))),
  ),
  'a stray byte in parts without a length': stream(`${OK}${MIXED}; boundary=frame\r\n\r\n`, 'stray_bytes', (p) => [
    '--frame\r\n\r\n',
    beforeTables(p, Buffer.from([0])),
    '\r\n',
  ]),
  'parts whose pictures lack their last two bytes': stream(`${OK}${MIXED}; boundary=frame\r\n\r\n`, 'no_end', (p) =>
    partOf(p.subarray(0, -2)),
  ),
  'the same without a length': stream(`${OK}${MIXED}; boundary=frame\r\n\r\n`, 'no_end', (p) => [
    '--frame\r\n\r\n',
    p.subarray(0, -2),
    '\r\n',
  ]),
  'parts that say that they are text': stream(`${OK}${MIXED}; boundary=frame\r\n\r\n`, undefined, (p) => [
    `--frame\r\nContent-Type: text/html\r\nContent-Length: ${p.length}\r\n\r\n`,
    p,
    '\r\n',
  ]),
};

async function watch(t: Ending, { use, options = '', send, open }: OddCamera) {
  const camera = await fakeCamera(t, (socket, _, count) => {
    const picture = PICTURES[(count - 1) % PICTURES.length] ?? Buffer.alloc(0);
    socket.write(join(...send(picture, PICTURES)));
    // The delimiter behind the last part is the next one.
    if (use === 'http-stream') socket.write('--frame\r\n');
    if (!open) socket.end();
  });
  const every = use === 'http-poll' ? ', every: 50ms' : '';
  const camd = await run(
    t,
    dedent`
    camd: 1
    pipeline:
      cam: { use: source/${use}, url: "http://127.0.0.1:${camera.port}/"${every}${options} }
  `,
  );
  return { camd, frames: collect(camd, 'cam') };
}

for (const [name, camera] of Object.entries(CAMERAS)) {
  t.test(`every picture arrives: ${name}`, async (t) => {
    const { camd, frames } = await watch(t, camera);

    await until(() => frames.length >= PICTURES.length, `pictures: ${name}`);

    const seen = frames
      .slice(0, PICTURES.length)
      .map(({ data }) => PICTURES.findIndex((picture) => picture.equals(data)));
    // The first ones may have come before the probe collected them.
    const [first = 0] = seen;
    t.same(
      seen,
      seen.map((_, index) => (first + index) % PICTURES.length),
    );
    t.ok(first >= 0);
    const { metrics, state, skipped } = camd.status('cam');
    t.equal(state.is, 'running');
    t.equal(skipped, 0);
    if (camera.odd) {
      await until(
        () => (camd.status('cam').metrics[`odd_${camera.odd}_total`] ?? 0) > 0,
        `odd_${camera.odd}_total in ${JSON.stringify(metrics)}`,
      );
      const logged = camd.lines.filter(({ msg, node }) => node === 'cam' && String(msg).includes('deviates'));
      t.equal(new Set(logged.map(({ oddity }) => oddity)).size, logged.length, 'each is named once');
      t.ok(logged.length > 0);
    }
  });
}
