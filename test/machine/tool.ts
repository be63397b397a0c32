// Programs of other versions, from the packages `node` and `npm` of the registry, each in a separate folder.

import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../support/until.ts';

export interface Workshop {
  readonly folder: string;
  /** Returns the path of the program. */
  install(program: 'node' | 'npm', version: string): string;
  /** A folder for PATH that contains this `npm`. */
  pathWith(npm: string): string;
  remove(): void;
}

export function openWorkshop(): Workshop {
  const folder = mkdtempSync(join(tmpdir(), 'camd-versions-'));
  return {
    folder,
    install(program, version) {
      const prefix = join(folder, `${program}-${version}`);
      mkdirSync(prefix);
      const argv = ['install', '--prefix', prefix, '--no-save', '--no-audit', '--no-fund', '--foreground-scripts'];
      execFileSync('npm', [...argv, `${program}@${version}`], { stdio: ['ignore', 'ignore', 'ignore'] });
      return join(prefix, 'node_modules/.bin', program);
    },
    pathWith(npm) {
      const bin = mkdtempSync(join(folder, 'bin-'));
      symlinkSync(npm, join(bin, 'npm'));
      return `${bin}:${process.env.PATH}`;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export interface Running {
  readonly pid: number;
  text(): string;
  /** Like Ctrl-C on a terminal: sends SIGINT to every process of the group. */
  interrupt(): void;
  readonly ended: Promise<number | null>;
}

/** Starts a command in a separate process group. */
export function run(command: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Running {
  const [program = '', ...argv] = command;
  const child = spawn(program, argv, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
  }
  const pid = child.pid ?? 0;
  return {
    pid,
    text: () => text,
    interrupt: () => void process.kill(-pid, 'SIGINT'),
    ended: new Promise((resolve) => child.once('exit', resolve)),
  };
}

/** Resolves with the first picture of the demo from this camd. */
export async function firstPicture(running: Running): Promise<Buffer> {
  const origin = await until(
    () => /"at":"(http:[^"]+)"/.exec(running.text())?.[1],
    () => `a server in\n${running.text()}`,
  );
  return until(async () => {
    const response = await fetch(`${origin}/gate/snapshot.jpg`);
    return response.status === 200 ? Buffer.from(await response.arrayBuffer()) : undefined;
  }, 'a picture');
}
