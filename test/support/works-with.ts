// docs/works-with.md in a test: its profile on free ports, and its commands in a separate folder, as an unprivileged user.

import { spawn } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { folderWith } from './cli.ts';
import { freePort } from './free-port.ts';
import { type Ending, type Running, run } from './harness.ts';
import { fillIn, onlyBlock, pageBlocks, replaceEach } from './page-blocks.ts';

const PAGE = 'docs/works-with.md';
/** The user nobody, because VLC refuses to run as root. */
const UNPRIVILEGED = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];

export interface WorksWith {
  readonly camd: Running;
  readonly origin: string;
  readonly mqtt: string;
  /** The block with this name, with the ports of this run. */
  block(name: string): string;
  /** Starts a shell line in a new folder with these files. */
  start(line: string, files?: Readonly<Record<string, string | Buffer>>): Started;
}

export interface Started {
  /** Resolves when it has ended by itself; rejects with its output if it failed. */
  readonly done: Promise<void>;
  /** Files of its folder that are complete JPEG pictures. */
  pictures(): readonly string[];
  file(name: string): Buffer;
  /** Kills it and all its children. */
  stop(): void;
}

export async function worksWith(t: Ending): Promise<WorksWith> {
  const [http, feed, mqtt] = [await freePort(), await freePort(), await freePort()];
  const ports = { '127.0.0.1:8080': http, '127.0.0.1:9000': feed, '127.0.0.1:1883': mqtt };
  const values = Object.fromEntries(Object.entries(ports).map(([text, port]) => [text, `127.0.0.1:${port}`]));
  const camd = await run(t, fillIn(onlyBlock(PAGE, 'yaml'), values));
  await camd.port('latest', 'stills').next('gate', 0, AbortSignal.timeout(60_000));
  const block = (name: string): string => {
    const found = pageBlocks(PAGE).find((pageBlock) => pageBlock.name === name);
    if (!found) throw new Error(`${PAGE} has no block ${name}`);
    return replaceEach(found.text, values);
  };
  return {
    camd,
    origin: `http://127.0.0.1:${http}`,
    mqtt: `mqtt://127.0.0.1:${mqtt}`,
    block,
    start: (line, files = {}) => startIn(t, line, files),
  };
}

function startIn(t: Ending, line: string, files: Readonly<Record<string, string | Buffer>>): Started {
  const cwd = folderWith(t, {});
  chmodSync(cwd, 0o777);
  for (const [name, content] of Object.entries(files)) writeFileSync(join(cwd, name), content);
  const [command = 'sh', ...args] = [...(process.getuid?.() === 0 ? UNPRIVILEGED : []), 'sh', '-c', line];
  const env = { PATH: `/usr/bin:/bin:${process.env.PATH}`, HOME: cwd, XDG_CACHE_HOME: cwd };
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk));
  let hasEnded = false;
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
  void closed.then(() => {
    hasEnded = true;
  });
  const stop = (): void => {
    // Its group may be another one by then.
    if (hasEnded) return;
    try {
      process.kill(-(child.pid ?? 0), 'SIGKILL');
    } catch {
      // It has ended already.
    }
  };
  t.teardown(async () => {
    stop();
    await closed;
  });
  const done = closed.then((code) => {
    if (code !== 0) throw new Error(`${line} ended with ${code}: ${output.slice(-2000)}`);
  });
  done.catch(() => {});
  const file = (name: string): Buffer => readFileSync(join(cwd, name));
  return {
    done,
    file,
    stop,
    pictures: () => readdirSync(cwd).filter((name) => name.endsWith('.jpg') && isJpeg(file(name))),
  };
}

const isJpeg = (data: Buffer): boolean =>
  data.length > 500 && data.readUInt16BE(0) === 0xffd8 && data.readUInt16BE(data.length - 2) === 0xffd9;
