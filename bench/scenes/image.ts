// Measures transform/image for a picture of 1280x720 scaled to a width of 640, with each encoder; baseline: ffmpeg alone; and two sizes at once.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { systemClock } from '../../core/base/clock.ts';
import { createLog } from '../../core/base/log.ts';
import { loadSharp } from '../../plugins/kit/image/sharp.ts';
import { type ChangeOptions, change, type Means } from '../../plugins/transform/image/change.ts';
import { createPool } from '../../plugins/transform/image/ffmpeg/pool.ts';
import { startWorker } from '../../plugins/transform/image/ffmpeg/worker.ts';
import { pictureFolder, pictures } from '../pictures.ts';
import { childrenOf, cpuTime } from '../resources.ts';
import { against, roundRobin } from '../rounds.ts';
import type { Row } from '../row.ts';

const OPTIONS: ChangeOptions = {
  width: 640,
  fit: 'inside',
  enlarge: false,
  rotate: 0,
  rotate_by: 'lossless',
  flip: 'none',
  format: 'keep',
  strip_metadata: false,
  max_pixels: 50_000_000,
  encoder: 'sharp',
  encoding: 'compact',
  device: '',
};
/** Typical manual commands; "lowres" halves the picture during decoding. */
const ALONE: Readonly<Record<string, { readonly input: string[]; readonly output: string[] }>> = {
  'ffmpeg alone': { input: [], output: ['-vf', 'scale=640:-2,format=yuvj420p', '-q:v', '7'] },
  'ffmpeg -lowres 1': {
    input: ['-lowres', '1'],
    output: ['-vf', 'format=yuvj420p', '-q:v', '7', '-huffman', 'default'],
  },
};
const GOAL = 1.3;

/** Runs once over all pictures; resolves with CPU milliseconds per picture. */
interface Contender {
  readonly name: string;
  pass(): Promise<number>;
  stop(): Promise<void>;
}

export async function measure(quick: boolean): Promise<readonly Row[]> {
  const all = pictures(pictureFolder());
  const contenders = [
    ...Object.entries(ALONE).map(([name, { input, output }]) => alone(name, input, output, all)),
    camd('sharp, compact', [{}], all),
    camd('sharp, fast', [{ encoding: 'fast' }], all),
    camd('ffmpeg, compact', [{ encoder: 'ffmpeg' }], all),
    camd('ffmpeg, fast', [{ encoder: 'ffmpeg', encoding: 'fast' }], all),
    camd('640 and 320 at once', [{}, { width: 320 }], all),
    camd('320', [{ width: 320 }], all),
  ];
  try {
    for (const { pass } of contenders) await pass();
    const samples = await roundRobin(contenders, quick ? 1 : 7, ({ pass }) => pass());
    const of = (name: string): readonly number[] => samples.get(name) ?? [];
    const beside = (name: string, limit: string, goal?: number): Row =>
      against(
        `720p to 640, ${name}`,
        'ms',
        of(name),
        limit,
        of(limit),
        goal === undefined ? undefined : { most: goal },
      );
    const apart = of('sharp, compact').map((value, round) => value + (of('320')[round] ?? Number.NaN));
    return [
      beside('sharp, compact', 'ffmpeg alone'),
      beside('sharp, fast', 'ffmpeg alone'),
      beside('ffmpeg, compact', 'ffmpeg alone', GOAL),
      beside('ffmpeg, fast', 'ffmpeg -lowres 1', GOAL),
      against('720p to 640 and 320, one decode', 'ms', of('640 and 320 at once'), 'one after the other', apart),
    ];
  } finally {
    await Promise.all(contenders.map(({ stop }) => stop()));
  }
}

/** Runs the plugin's own code; counts the CPU time of this process and of its ffmpeg children. */
function camd(name: string, sizes: readonly Partial<ChangeOptions>[], all: readonly Buffer[]): Contender {
  const log = createLog({ level: 'error', write: (line) => void process.stderr.write(line) });
  const pool = createPool(1, (argv) => startWorker(argv, log, systemClock));
  const means: Means = {
    sharp: loadSharp,
    lossless: undefined,
    ffmpeg: sizes.some(({ encoder }) => encoder === 'ffmpeg') ? { program: 'ffmpeg', pool } : undefined,
  };
  const spent = (): number => {
    const { user, system } = process.cpuUsage();
    const children = childrenOf(process.pid, 'ffmpeg').map(cpuTime);
    return (user + system) / 1000 + children.reduce((sum, ns) => sum + ns, 0) / 1e6;
  };
  return {
    name,
    stop: () => pool.stop(),
    async pass() {
      const before = spent();
      for (const data of all) {
        const image = { data, type: 'image/jpeg' as const, width: 1280, height: 720, hasHeadroom: false };
        await Promise.all(sizes.map((size) => change(image, { ...OPTIONS, ...size }, means)));
      }
      return (spent() - before) / all.length;
    },
  };
}

/** Keeps one ffmpeg running; counts only its CPU time. */
function alone(name: string, input: readonly string[], output: readonly string[], all: readonly Buffer[]): Contender {
  const quiet = ['-hide_banner', '-nostats', '-loglevel', 'error', '-threads', '1', '-filter_threads', '1'];
  const from = ['-f', 'mpjpeg', '-strict_mime_boundary', '0', '-probesize', '32', '-analyzeduration', '0'];
  const to = ['-fps_mode', 'passthrough', '-threads', '1', '-flush_packets', '1', '-f', 'mjpeg', 'pipe:1'];
  const child = spawn('ffmpeg', [...quiet, ...from, ...input, '-i', 'pipe:0', ...output, ...to], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let ended = 0;
  let wake = (): void => {};
  child.stdout.on('data', (chunk: Buffer) => {
    for (let at = chunk.indexOf('\xff\xd9', 0, 'latin1'); at >= 0; at = chunk.indexOf('\xff\xd9', at + 2, 'latin1'))
      ended++;
    wake();
  });
  return {
    name,
    async pass() {
      const before = cpuTime(child.pid ?? 0);
      const goal = ended + all.length;
      for (const data of all) {
        const head = `--camd\r\nContent-Type: image/jpeg\r\nContent-Length: ${data.length}\r\n\r\n`;
        child.stdin.write(Buffer.concat([Buffer.from(head), data, Buffer.from('\r\n')]));
      }
      while (ended < goal) await new Promise<void>((resolve) => (wake = resolve));
      return (cpuTime(child.pid ?? 0) - before) / 1e6 / all.length;
    },
    async stop() {
      const exit = once(child, 'exit');
      child.stdin.end();
      await exit;
    },
  };
}
