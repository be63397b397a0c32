// Retention when the clock of the machine is wrong by 400 days, set by libfaketime: at the start, while running, and over restarts.

import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { folderWith } from './support/cli.ts';
import { type DaemonProcess, startDaemon } from './support/daemon.ts';
import { dedent } from './support/dedent.ts';
import type { Ending } from './support/harness.ts';
import { sampleJpeg } from './support/jpeg.ts';
import { until } from './support/until.ts';

t.setTimeout(400_000);

const long = process.env.CAMD_LONG === '1';
const PATIENCE_MS = 120_000;
const DAY = 86_400_000;
const LIBRARY = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/faketime/libfaketime.so.1`;

const profile = (folder: string) => dedent`
  camd: 1
  pipeline:
    web: { use: http/server, listen: "127.0.0.1:0" }
    uploads: { use: source/http, on: web, path: "/in/{camera}", anyone: true }
    pictures: { use: store/disk, from: uploads, path: ${folder} }
    retention: { use: retain/policy, into: pictures, max_age: 30d, every: 1s }
    metrics: { use: http/metrics, on: web }
`;

/** "lobby_20261126T130000.000000Z.jpg". */
const nameOf = (time: number): string =>
  `lobby_${new Date(time)
    .toISOString()
    .replace(/[-:]/g, '')
    .replace(/\.(\d{3})Z$/, '.$1000Z')}.jpg`;

interface Site {
  readonly folder: string;
  /** Files that are kept with the correct clock, and files that are deleted. */
  readonly young: readonly string[];
  readonly old: readonly string[];
  /** Starts camd with a clock that is off by so many days; `setDays` changes it at run time. */
  start(days: number): Promise<DaemonProcess>;
  setDays(days: number): void;
}

function site(t: Ending): Site {
  const root = folderWith(t, {});
  const folder = join(root, 'pictures');
  const clock = join(root, 'clock');
  const bin = join(root, 'bin');
  mkdirSync(folder);
  mkdirSync(bin);
  // systemd would report the clock of this machine as synchronised.
  writeFileSync(join(bin, 'timedatectl'), '#!/bin/sh\necho no\n');
  chmodSync(join(bin, 'timedatectl'), 0o755);
  const every = (from: number, to: number) =>
    Array.from({ length: (to - from) * 4 }, (_, index) => nameOf(Date.now() - (from + index / 4) * DAY - 60_000));
  const young = every(0, 29);
  const old = every(31, 34);
  for (const name of [...young, ...old]) writeFileSync(join(folder, name), sampleJpeg({ width: 16, height: 16 }));
  const setDays = (days: number): void => writeFileSync(clock, `${days < 0 ? '-' : '+'}${Math.abs(days)}d\n`);
  const start = async (days: number): Promise<DaemonProcess> => {
    setDays(days);
    return startDaemon(t, profile(folder), {
      env: {
        PATH: `${bin}:${process.env.PATH}`,
        LD_PRELOAD: LIBRARY,
        FAKETIME_TIMESTAMP_FILE: clock,
        FAKETIME_NO_CACHE: '1',
        FAKETIME_DONT_FAKE_MONOTONIC: '1',
        DONT_FAKE_MONOTONIC: '1',
      },
    });
  };
  return { folder, young, old, start, setDays };
}

/** Uploads pictures and waits until the rules have run several times. */
async function work(camd: DaemonProcess): Promise<void> {
  const origin = await camd.origin('web');
  const runs = async (): Promise<number> => {
    const text = await (await fetch(`${origin}/metrics`)).text();
    return Number(/^camd_runs_total\{node="retention"[^}]*\} (\d+)$/m.exec(text)?.[1] ?? 0);
  };
  const body = new Uint8Array(sampleJpeg({ width: 16, height: 16, seed: 2 }));
  for (let round = 0; round < 2; round++) {
    const { status } = await fetch(`${origin}/in/lobby`, { method: 'POST', body });
    if (status !== 200) throw new Error(`the upload was answered ${status}`);
    const before = await runs();
    // The rules run once a second.
    const ran = async (): Promise<boolean> => {
      await sleep(200);
      return (await runs()) > before + 1;
    };
    await until(ran, 'the rules to run', PATIENCE_MS);
  }
}

const missing = (folder: string, names: readonly string[]): string[] => {
  const there = new Set(readdirSync(folder));
  return names.filter((name) => !there.has(name));
};

t.test('with the correct clock only pictures that are too old are deleted', async (t) => {
  const { folder, young, old, start } = site(t);

  await work(await start(0));
  await until(() => missing(folder, old).length === old.length, 'the old pictures to be deleted', PATIENCE_MS);

  t.same(missing(folder, young), []);
});

for (const days of long ? [400, -400] : [400]) {
  t.test(`after a start ${days} days off, uploads and a restart, nothing is deleted`, async (t) => {
    const { folder, young, old, start } = site(t);

    const first = await start(days);
    await work(first);
    first.signal('SIGKILL');
    await first.ended;
    const second = await start(days);
    await work(second);

    t.same(missing(folder, [...young, ...old]), []);
  });

  t.test(`after a jump of ${days} days at run time and a restart, nothing more is deleted`, async (t) => {
    const { folder, young, start, setDays } = site(t);

    const first = await start(0);
    await work(first);
    setDays(days);
    await work(first);
    first.signal('SIGTERM');
    await first.ended;
    const second = await start(days);
    await work(second);

    t.same(missing(folder, young), []);
  });
}
