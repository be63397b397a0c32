// ustreamer, which only supports V4L2 cameras: a preloaded library simulates one with the pictures of the feed.

import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { findProgram } from '../../core/base/find-program.ts';
import { freePort } from '../programs.ts';
import { startCommand } from './command.ts';
import type { Peer } from './peer.ts';

const SOURCE = join(import.meta.dirname, 'v4l2-feed.c');
const OUT = 'bench/out/programs';

export const ustreamer: Peer = {
  name: 'ustreamer',
  program: 'ustreamer',
  missing: () => (findProgram('gcc') === undefined ? 'gcc, which compiles its camera, is not in the PATH' : undefined),
  async start({ raw }) {
    mkdirSync(OUT, { recursive: true });
    const library = resolve(OUT, 'v4l2-feed.so');
    execFileSync('gcc', ['-O2', '-Wall', '-shared', '-fPIC', '-o', library, SOURCE, '-ldl', '-lpthread']);
    const port = await freePort();
    const camera = ['--device', '/dev/camd-bench', '--format', 'MJPEG', '--encoder', 'HW', '--resolution', '1280x720'];
    // The silence of the feed during another server's turn is not a failure of the camera.
    const patience = ['--device-timeout', '60', '--persistent'];
    const server = ['--host', '127.0.0.1', '--port', String(port), '--tcp-nodelay'];
    const env = { ...process.env, LD_PRELOAD: library, CAMD_BENCH_FEED: String(raw) };
    const started = await startCommand(['ustreamer', ...camera, ...patience, ...server], port, env);
    const origin = `http://127.0.0.1:${port}`;
    return { name: 'ustreamer', ...started, stream: `${origin}/stream`, snapshot: `${origin}/snapshot` };
  },
};
