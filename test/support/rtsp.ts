// A real RTSP server (GStreamer's) with a test pattern, which can be killed, frozen and started again.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { freePort } from './free-port.ts';
import type { Ending } from './harness.ts';

export interface RtspOptions {
  readonly codec?: 'h264' | 'h265' | 'mjpeg';
  readonly fps?: number;
  /** Number of frames from one key frame to the next. */
  readonly gop?: number;
  readonly user?: string;
  readonly password?: string;
  /** Default: 640x360. */
  readonly size?: string;
}

export interface RtspServer {
  /** Without user and password. */
  readonly url: string;
  start(): Promise<void>;
  kill(): Promise<void>;
  /** Keeps its connections but sends nothing. */
  freeze(): void;
}

export async function rtspServer(t: Ending, options: RtspOptions = {}): Promise<RtspServer> {
  const { codec = 'h264', fps = 10, gop = 5, user, password, size = '640x360' } = options;
  const port = await freePort();
  const script = new URL('rtsp_server.py', import.meta.url).pathname;
  const access = user === undefined || password === undefined ? [] : [user, password];
  let child: ChildProcess | undefined;
  const kill = async (): Promise<void> => {
    const running = child;
    child = undefined;
    if (!running || running.exitCode !== null || running.signalCode !== null) return;
    const gone = once(running, 'exit');
    running.kill('SIGKILL');
    await gone;
  };
  const start = async (): Promise<void> => {
    // Debian's Python, because the packages of another one do not include GStreamer.
    const args = [script, codec, String(fps), String(gop), String(port), ...access];
    child = spawn('/usr/bin/python3', args, {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, RTSP_SIZE: size },
    });
    const running = child;
    await new Promise<void>((resolve, reject) => {
      running.stdout?.once('data', () => resolve());
      running.once('exit', (code) => reject(new Error(`the RTSP server ended with ${code}`)));
    });
  };
  t.teardown(kill);
  await start();
  return { url: `rtsp://127.0.0.1:${port}/cam`, start, kill, freeze: () => void child?.kill('SIGSTOP') };
}
