// Measures the age of pictures at a viewer on a slow connection, as MJPEG and on the viewer page, with and without the shipped sysctl setting.

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { onePipeline, startCamd } from '../camd.ts';
import type { Watched } from '../load/viewers.ts';
import { pictureFolder } from '../pictures.ts';
import { LOAD_CPU, startProgram } from '../programs.ts';
import type { Row } from '../row.ts';
import { FPS } from '../stage.ts';

/** Bytes per second of the slow connection. */
const RATE = 100_000;
const LOWAT = '/proc/sys/net/ipv4/tcp_notsent_lowat';
/** The value in packaging/sysctl.d/60-camd.conf. */
const SHIPPED = '131072';
/** Runs a command in a separate network namespace with separate settings. */
const OWN_NETWORK = ['unshare', '--net', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh'];

/** Without the permission to create a network namespace, only the part without the setting is measured. */
export async function measure(quick: boolean): Promise<readonly Row[]> {
  if (!mayHaveNetwork()) return figures(quick, false);
  const [program = '', ...args] = [
    ...OWN_NETWORK,
    process.execPath,
    '--import=tsx',
    'bench/scenes/slow.ts',
    String(quick),
  ];
  const text = execFileSync(program, args, { stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' });
  return JSON.parse(text) as Row[];
}

function mayHaveNetwork(): boolean {
  try {
    const [program = '', ...args] = [...OWN_NETWORK, 'test', '-w', LOWAT];
    execFileSync(program, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

async function figures(quick: boolean, may: boolean): Promise<readonly Row[]> {
  const window = quick ? 1500 : 10_000;
  const warm = quick ? 2000 : 20_000;
  const name = `age of pictures at ${RATE / 1000} KB/s`;
  const rows: Row[] = [
    { name: `${name}, viewer page`, value: await ageAt('page', warm, window), unit: 'ms' },
    { name: `${name}, MJPEG`, value: await ageAt('mjpeg', warm, window), unit: 'ms' },
  ];
  if (!may) return rows;
  writeFileSync(LOWAT, SHIPPED);
  const set = await ageAt('mjpeg', warm, window);
  return [...rows, { name: `${name}, MJPEG, tcp_notsent_lowat ${SHIPPED}`, value: set, unit: 'ms' }];
}

async function ageAt(what: 'page' | 'mjpeg', warm: number, window: number): Promise<number> {
  const feed = await startProgram<{ ports: number[] }>('load/feed', [pictureFolder()], LOAD_CPU);
  const camd = await startCamd(
    `${onePipeline(feed.first.ports[0] ?? 0)}  page: { use: http/viewer, on: local, path: /viewer, from: latest }\n`,
  );
  const server = new URL(camd.origin());
  const relay = await startProgram<{ port: number }>(
    'load/relay',
    [server.hostname, server.port, String(RATE)],
    LOAD_CPU,
  );
  const viewer =
    what === 'page'
      ? startProgram('load/page', [`ws://127.0.0.1:${relay.first.port}/viewer/viewer.ws`], LOAD_CPU)
      : startProgram('load/viewers', [], LOAD_CPU);
  const program = await viewer;
  try {
    await feed.ask({ door: 0, fps: FPS });
    if (what === 'mjpeg') {
      const url = `http://127.0.0.1:${relay.first.port}/stream.mjpg`;
      await program.ask({ step: 'enter', url, viewers: 1, warm });
      return (await program.ask<Watched>({ step: 'watch', window })).p50;
    }
    await new Promise((resolve) => setTimeout(resolve, warm));
    return (await program.ask<Watched>({ window })).p50;
  } finally {
    await Promise.all([camd.stop(), relay.stop(), program.stop(), feed.stop()]);
  }
}

if (import.meta.filename === process.argv[1]) {
  process.stdout.write(JSON.stringify(await figures(process.argv[2] === 'true', true)));
}
