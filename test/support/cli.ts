// Runs commands inside the test process, and the built binary as a separate process.

import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Io } from '../../core/cli/command.ts';
import { dispatch } from '../../core/cli/dispatch.ts';
import { builtins, commands, editing, standaloneCommands } from '../../plugins/index.ts';
import type { Ending } from './harness.ts';

export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface World {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Content of standard input. */
  readonly input?: string | Buffer;
}

/** Runs `camd ARGV…` in this process, without this process's environment. */
export async function camd(argv: readonly string[], world: World = {}): Promise<Outcome> {
  let out = '';
  let err = '';
  const io: Io = {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    async *input() {
      yield Buffer.from(world.input ?? '');
    },
    env: world.env ?? {},
    pid: process.pid,
    builtins,
    editing,
    commands,
    standaloneCommands,
    cwd: world.cwd ?? process.cwd(),
    terminal: false,
    tty: { out: false, err: false },
    terminalLost: () => false,
    onSignal: () => () => {},
    onCrash: () => {},
  };
  const code = await dispatch(io, argv);
  return { code, out, err };
}

/** Runs the built binary. */
export function binary(argv: readonly string[], world: World = {}): Promise<Outcome> {
  const options = { cwd: world.cwd ?? process.cwd(), env: { PATH: process.env.PATH, ...world.env }, timeout: 60_000 };
  return new Promise((resolve) => {
    execFile(process.execPath, [join(process.cwd(), 'dist/camd.mjs'), ...argv], options, (error, out, err) => {
      resolve({ code: error ? Number(error.code ?? -1) : 0, out, err });
    });
  });
}

/** A folder with these files, removed at the end of the test. */
export function folderWith(t: Ending, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'camd-cli-'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
