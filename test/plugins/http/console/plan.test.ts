// http/console: the plan equals the result of the reload, for random edits, with an open stream and a keep-alive client.

import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, get, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import type { Applied, Checked, ProfileTexts } from '../../../../plugins/http/console/api.ts';
import { until } from '../../../../testing/until.ts';
import { consoleAt, requestConsole } from '../../../support/console.ts';
import { dedent } from '../../../support/dedent.ts';
import { run } from '../../../support/harness.ts';

const EDITS = process.env.CAMD_LONG ? 1000 : 40;
/** One edit in this many is refused. */
const REFUSED_EVERY = 10;

const profile = (socket: string): string => dedent`
  camd: 1
  control: false
  vars: { pause: 10s }
  pipeline:
    hall: { use: source/test-pattern, fps: 10 }
    porch: { use: source/test-pattern, fps: 3, name: porch }   # by the door
    latest: { use: cache/latest, from: hall }
    side: { use: cache/latest, from: porch, stale_after: "\${var:pause}" }
    web: { use: http/server, listen: 127.0.0.1:0 }
    main: { use: http/stream, on: web, path: /main.mjpg, from: latest }
    still: { use: http/snapshot, on: web, path: /hall.jpg, from: latest }
    other: { use: http/stream, on: web, path: /other0.mjpg, from: side }
    console: { use: http/console, listen: "unix:${socket}", edit: true }
`;

/** mulberry32: the same edits in every run. */
function dice(seed: number): (most: number) => number {
  let state = seed;
  return (most) => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return Math.floor((((value ^ (value >>> 14)) >>> 0) / 4294967296) * most);
  };
}

type Edit = (text: string, roll: (most: number) => number) => string;

const RIGHT: readonly Edit[] = [
  (text, roll) => text.replace(/(hall: .*fps: )\d+/, `$1${5 + roll(10)}`),
  (text, roll) => text.replace(/(porch: .*fps: )\d+/, `$1${1 + roll(9)}`),
  (text, roll) => text.replace(/name: \w+/, `name: porch${roll(1000)}`),
  (text, roll) => text.replace(/pause: \d+s/, `pause: ${5 + roll(50)}s`),
  (text, roll) => text.replace(/# by .*/, `# by ${roll(1000)}`),
  (text, roll) => text.replace(/other\d+\.mjpg/, `other${roll(1000)}.mjpg`),
  (text, roll) => text.replace(/(other: .*?), from: (side|latest)/, `$1, from: ${roll(2) === 0 ? 'side' : 'latest'}`),
  (text) =>
    text.includes('  more:')
      ? text.replace(/ {2}more: .*\n/, '')
      : text.replace('  web:', '  more: { use: source/test-pattern, fps: 1 }\n  web:'),
  (text) =>
    text.includes('  list:')
      ? text.replace(/ {2}list: .*\n/, '')
      : text.replace('  main:', '  list: { use: http/list, on: web, from: side }\n  main:'),
  (text) =>
    text.includes('max_viewers')
      ? text.replace(', max_viewers: 7', '')
      : text.replace('path: /main.mjpg', 'path: /main.mjpg, max_viewers: 7'),
  (text) =>
    text.replace(
      /( {2}hall: .*\n)( {2}porch: .*\n)|( {2}porch: .*\n)( {2}hall: .*\n)/,
      (_all, a = '', b = '', c = '', d = '') => b + a + d + c,
    ),
];
const WRONG: readonly Edit[] = [
  (text) => text.replace('use: http/snapshot', 'use: http/snapshots'),
  (text) => text.replace('listen: 127.0.0.1:0', 'listen: ":0"'),
  (text) => text.replace('from: latest }', 'from: nobody }'),
  (text) => `${text}\n  : [`,
];

interface Viewer {
  readonly response: IncomingMessage;
  bytes: number;
  closed: boolean;
}

async function watch(url: string): Promise<Viewer> {
  const request = get(url, { agent: false });
  request.on('error', () => {});
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const viewer: Viewer = { response, bytes: 0, closed: false };
  response.on('data', (part: Buffer) => {
    viewer.bytes += part.length;
  });
  response.on('error', () => {});
  response.on('close', () => {
    viewer.closed = true;
  });
  return viewer;
}

t.test(`${EDITS} random edits: the reload follows the plan, and cuts only the streams listed there`, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'plan-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const camd = await run(t, profile(join(folder, 'c.sock')));
  const origin = await consoleAt(camd);
  const web = camd.port('web', 'server').origin;
  const file = join(camd.folder, 'profile.yaml');
  const roll = dice(18);
  const main = await watch(`${web}/main.mjpg`);
  t.teardown(() => main.response.destroy());
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.teardown(() => agent.destroy());
  const sockets = new Set<Socket>();
  const snapshot = async (): Promise<number | undefined> => {
    const request = get(`${web}/hall.jpg`, { agent });
    request.on('socket', (socket) => sockets.add(socket));
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.resume();
    await once(response, 'end');
    return response.statusCode;
  };
  let refused = 0;
  let cut = 0;
  let other: Viewer | undefined;

  for (let count = 1; count <= EDITS; count++) {
    const text = readFileSync(file, 'utf8');
    const path = `/other${/other(\d+)\.mjpg/.exec(text)?.[1]}.mjpg`;
    if (!other || other.closed) other = await watch(web + path);
    const wrong = count % REFUSED_EVERY === 0;
    const edits = wrong ? WRONG : RIGHT;
    const first = edits[roll(edits.length)] ?? ((same) => same);
    const second = wrong ? undefined : RIGHT[roll(RIGHT.length)];
    const { revision, files } = (await requestConsole<ProfileTexts>(origin, '/api/profile')).json;
    const before = files[0]?.text ?? '';
    const next = second ? second(first(before, roll), roll) : first(before, roll);
    const body = { files: [{ path: files[0]?.path, text: next }] };

    const checked = (await requestConsole<Checked>(origin, '/api/profile/check', { body })).json;
    const nodes = JSON.stringify(camd.daemon.view.nodes().map(({ id, use, restarts }) => [id, use, restarts]));
    const done = await requestConsole<Applied>(origin, '/api/profile/apply', {
      body,
      headers: { 'if-match': `"${revision}"` },
    });

    if (wrong) {
      refused++;
      t.not(done.status, 200, `edit ${count} is refused`);
      t.equal(readFileSync(file, 'utf8'), text);
      t.equal(JSON.stringify(camd.daemon.view.nodes().map(({ id, use, restarts }) => [id, use, restarts])), nodes);
      t.notOk(other.closed);
    } else {
      t.equal(done.status, 200, `edit ${count}: ${done.text}`);
      t.strictSame(done.json.plan, checked.plan, `edit ${count}: the reload followed the plan`);
      t.equal(readFileSync(file, 'utf8'), next);
      const watched = other;
      if (done.json.plan.cut > 0) await until(() => watched.closed, 'the end of the stream that the plan cuts');
      else t.notOk(other.closed, `edit ${count} cuts nothing`);
      cut += done.json.plan.cut;
    }
    t.equal(await snapshot(), 200);
  }
  const seen = main.bytes;
  await until(() => main.bytes > seen, 'the stream to continue');
  other?.response.destroy();
  t.notOk(main.closed);
  t.equal(sockets.size, 1, 'the keep-alive client has one connection throughout');
  t.ok(refused > 0);
  t.comment(`${refused} refused, ${cut} streams cut`);
});
