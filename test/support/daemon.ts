// camd as a separate process: started on a profile, observed through its log, stopped with the test.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { warningsIn } from '../run/tap.ts';
import type { Ending, LogLine } from './harness.ts';
import { camdProgram } from './program.ts';
import { until } from './until.ts';

export interface DaemonProcess {
  readonly pid: number;
  readonly folder: string;
  /** The path of the profile. */
  readonly file: string;
  /** The path of its control socket. */
  readonly socket: string;
  /** Every JSON line of the log so far. */
  readonly lines: readonly LogLine[];
  /** Its complete output so far. */
  text(): string;
  /** Waits for the first line with this message and the given fields. */
  line(msg: string, fields?: Readonly<Record<string, unknown>>): Promise<LogLine>;
  /** The HTTP address of the node. */
  origin(node: string): Promise<string>;
  write(yaml: string): void;
  signal(name: NodeJS.Signals): void;
  /** The exit code, or the signal that ended the process. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

export interface DaemonOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
  /** Further arguments of the command line. */
  readonly options?: readonly string[];
  /** Do not wait until camd is ready. */
  readonly wait?: false;
  /** Descriptors, as for spawn's stdio, from 3 on. */
  readonly inherit?: readonly number[];
  /** A shell line that ends in `exec "$@"`, for limits that only a shell can set; "$0" is the profile. */
  readonly shell?: string;
}

export async function startDaemon(t: Ending, yaml: string, options: DaemonOptions = {}): Promise<DaemonProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'camd-daemon-'));
  const file = join(folder, 'profile.yaml');
  const socket = join(folder, 'camd', 'profile.sock');
  // Renamed into place, so that a running reload does not read half of it.
  const write = (text: string): void => {
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
  };
  for (const [name, text] of Object.entries(options.files ?? {})) writeFileSync(join(folder, name), text);
  write(yaml);
  const more = options.options ?? [];
  const command = [...camdProgram(), '--config', file, '--log-format', 'json', ...more];
  // By NODE_OPTIONS, the test runner adds its own code, such as signal handlers, to every Node process that a test starts.
  const child = spawn('sh', ['-c', `unset NODE_OPTIONS; ${options.shell ?? 'exec "$@"'}`, file, ...command], {
    stdio: ['ignore', 'pipe', 'pipe', ...(options.inherit ?? [])],
    env: { PATH: process.env.PATH, HOME: folder, XDG_RUNTIME_DIR: folder, ...options.env },
  });
  const lines: LogLine[] = [];
  let text = '';
  let rest = '';
  child.stderr?.setEncoding('utf8').on('data', (part: string) => {
    text += part;
    const split = (rest + part).split('\n');
    rest = split.pop() ?? '';
    for (const line of split) if (line.startsWith('{')) lines.push(JSON.parse(line) as LogLine);
  });
  // After "exit", the last lines of its log may still be unread.
  const ended = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals);
  t.teardown(async () => {
    stop(child);
    await ended;
    rmSync(folder, { recursive: true, force: true });
    const [warning] = warningsIn(text);
    if (warning !== undefined) throw new Error(`camd printed a warning: ${warning}`);
  });
  const gone = ended.then((code) => {
    throw new Error(`camd ended with ${code}:\n${text}`);
  });
  gone.catch(() => {});
  const line: DaemonProcess['line'] = (msg, fields = {}) => {
    const matches = (entry: LogLine): boolean =>
      entry.msg === msg && Object.entries(fields).every(([name, value]) => entry[name] === value);
    return Promise.race([
      gone,
      until(
        () => lines.find(matches),
        () => `"${msg}" in the log of camd:\n${text}`,
      ),
    ]);
  };
  if (options.wait !== false) await line('camd is up');
  return {
    pid: child.pid ?? 0,
    folder,
    file,
    socket,
    lines,
    text: () => text,
    line,
    origin: async (node) => String((await line('serving HTTP', { node })).at),
    write,
    signal: (name) => void child.kill(name),
    ended,
  };
}

function stop(child: ChildProcess): void {
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
}
