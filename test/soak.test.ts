// The demo with twenty viewers, some stalled and some disconnected at random: nothing leaks. CAMD_LONG=1 runs a minute.

import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { startDaemon } from './support/daemon.ts';
import { random as seeded } from './support/jpeg.ts';
import { type MjpegViewer, mjpegViewer } from './support/mjpeg-viewer.ts';
import { residentBytes } from './support/resident.ts';
import { until } from './support/until.ts';
import { type ViewerPage, viewerPage } from './support/viewer-page.ts';

const SECONDS = process.env.CAMD_LONG ? 60 : 12;
const VIEWERS = 20;
/** Of the twenty. */
const DEAF = 4;
/** Viewers that are cut off and replaced each second. */
const CHURN = 4;
const PAGES = 2;
/** Bytes by which memory may differ between two halves of the run: garbage not collected yet. */
const NOISE = 24 * 2 ** 20;

const open = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;
const children = (pid: number): string[] =>
  readdirSync(`/proc/${pid}/task`)
    .flatMap((task) => readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim().split(' '))
    .filter((child) => child !== '');
const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
/** Open descriptors once they have stopped changing. */
async function settled(pid: number): Promise<number> {
  let before = -1;
  await until(async () => {
    const now = open(pid);
    const same = now === before;
    before = now;
    await sleep(250);
    return same;
  }, 'the descriptors to settle');
  return before;
}
const isAlive = (pid: string): boolean => {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};
t.setTimeout(600_000);

t.test('the demo serves twenty viewers without growing and leaves nothing behind', { timeout: 600_000 }, async (t) => {
  const demo = readFileSync('configs/demo.yaml', 'utf8').replace('127.0.0.1:8080', '127.0.0.1:0');
  const camd = await startDaemon(t, demo);
  const origin = await camd.origin('web');
  const port = Number(new URL(origin).port);
  const random = seeded(4711);
  const viewers: MjpegViewer[] = [];
  const cut: MjpegViewer[] = [];
  t.teardown(() => {
    for (const { socket } of [...viewers, ...cut]) socket.destroy();
  });
  const join = (index: number): MjpegViewer =>
    mjpegViewer(port, index % 2 === 0 ? '/gate/stream.mjpg' : '/yard/stream.mjpg', index < DEAF);
  // Lazily loaded code is loaded before anything is counted.
  const early = join(VIEWERS);
  await until(() => early.pictures() > 1, 'the first pictures');
  const first = viewerPage(t, origin);
  await first.number('gate');
  early.socket.destroy();
  first.socket.terminate();
  const idle = await settled(camd.pid);

  for (let index = 0; index < VIEWERS; index++) viewers.push(join(index));
  const pages: ViewerPage[] = [];
  for (let index = 0; index < PAGES; index++) {
    const page = viewerPage(t, origin, { eager: true });
    await page.watch('gate', 'yard');
    pages.push(page);
  }
  const resident: number[] = [];
  for (let second = 0; second < SECONDS; second++) {
    await sleep(1000);
    const shown = pages.map(({ pictures }) => pictures.length);
    await until(() => pages.every(({ pictures }, at) => pictures.length > (shown[at] ?? 0)), 'a picture on every page');
    resident.push(residentBytes(camd.pid));
    for (let n = 0; n < CHURN; n++) {
      const index = Math.floor(random() * VIEWERS);
      const viewer = viewers[index];
      if (!viewer) continue;
      viewer.socket.resetAndDestroy();
      cut.push(viewer);
      viewers[index] = join(index);
    }
  }
  const earlier = resident.slice(Math.floor(SECONDS / 4), Math.floor(SECONDS / 2));
  const late = resident.slice(-earlier.length);
  const before = viewers.map(({ pictures }) => pictures());
  await until(
    () => viewers.every(({ pictures }, index) => index < DEAF || pictures() > (before[index] ?? 0)),
    'every viewer that listens to be sent pictures still',
  );
  const grown = median(late) - median(earlier);
  t.ok(
    grown < NOISE,
    `memory is flat: ${(grown / 2 ** 20).toFixed(1)} MiB more of ${Math.round(median(late) / 2 ** 20)}`,
  );

  const kept = children(camd.pid);
  for (const { socket } of viewers) socket.destroy();
  for (const { socket } of pages) socket.terminate();
  await until(() => open(camd.pid) <= idle, 'every socket to be closed');
  camd.signal('SIGTERM');
  t.equal(await camd.ended, 0, 'it ends on request');
  t.notOk(
    camd.lines.some(({ level }) => level === 'error'),
    'nothing went wrong',
  );
  await until(() => kept.every((child) => !isAlive(child)), 'its children to be gone');
});
