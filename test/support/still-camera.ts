// A camera program with the rules and faults of rpicam-still, for tests: its folder, knobs, journal and pictures.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { chmod, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Ending } from './harness.ts';
import { sampleJpeg } from './jpeg.ts';

/** The full path, because version managers put a slow script of the same name first on the PATH. */
const PYTHON = '/usr/bin/python3';
const PROGRAM = fileURLToPath(new URL('still-camera.py', import.meta.url));

/** Read at the start of the program and before each picture. Times in milliseconds. */
export interface Knobs {
  /** Time until the camera is open and the handlers are installed. Default 30. */
  readonly open_ms?: number;
  /** Reports that it is ready this long before it is. */
  readonly early_line?: number;
  /** Never reports that it is ready. */
  readonly mute?: boolean;
  /** Time between two checks for a trigger. Default 2. */
  readonly frame_ms?: number;
  /** Time from the trigger to the picture. Default 2. */
  readonly shot_ms?: number;
  /** Time between the parts of a picture that is written slowly. */
  readonly slow_ms?: number;
  /** Overwrites the file instead of truncating it first. */
  readonly in_place?: boolean;
  readonly half?: boolean;
  /** Writes each picture twice. */
  readonly twice?: boolean;
  readonly die_after?: number;
  readonly hang_after?: number;
  /** The camera is missing, or is unplugged before the next picture. */
  readonly absent?: boolean;
  readonly pulled?: boolean;
  readonly ignore_term?: boolean;
  /** Lines on stderr at the start. */
  readonly stderr_lines?: number;
  /** Random faults, each with its probability per picture. */
  readonly odds?: Readonly<Partial<Record<'die' | 'hang' | 'half' | 'slow', number>>>;
  readonly seed?: number;
}

export interface Event {
  readonly event: 'started' | 'ready' | 'taken' | 'hangs' | 'pulled' | 'half' | 'dies' | 'quit';
  readonly pid: number;
  readonly time: number;
  readonly argv?: readonly string[];
}

export interface StillCamera {
  readonly folder: string;
  /** Installs the program under this name; returns the folder for $PATH. */
  install(name: string): Promise<string>;
  /** The command as a list for YAML. */
  command(...args: readonly string[]): string;
  set(knobs: Knobs): void;
  journal(): readonly Event[];
  count(event: Event['event']): number;
  /** Pids of its running processes. */
  running(): readonly number[];
}

export function stillCamera(t: Ending, knobs: Knobs = {}, picture: Buffer = sampleJpeg()): StillCamera {
  const folder = mkdtempSync(join(tmpdir(), 'camd-still-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'picture.jpg'), picture);
  const set = (next: Knobs): void => writeFileSync(join(folder, 'knobs.json'), JSON.stringify(next));
  set(knobs);
  const journal = (): readonly Event[] => {
    const file = join(folder, 'journal');
    if (!existsSync(file)) return [];
    const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
    return lines.map((line): Event => JSON.parse(line));
  };
  return {
    folder,
    async install(name) {
      const program = join(folder, name);
      await writeFile(program, `#!/bin/sh\nexec ${PYTHON} ${PROGRAM} --dir ${folder} "$@"\n`);
      await chmod(program, 0o755);
      return folder;
    },
    command: (...args) => JSON.stringify([PYTHON, PROGRAM, '--dir', folder, ...args]),
    set,
    journal,
    count: (event) => journal().filter((entry) => entry.event === event).length,
    running: () =>
      readdirSync('/proc')
        .filter((pid) => /^\d+$/.test(pid) && commandOf(pid).includes(`${PROGRAM}\0--dir\0${folder}\0`))
        .map(Number),
  };
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

/** The data that the fake camera wrote into a picture: the real time of the capture, and the process. */
export interface Taken {
  readonly taken: number;
  readonly pid: number;
  readonly shot: number;
}

export function takenOf(jpeg: Buffer): Taken {
  const at = jpeg.indexOf(Buffer.from([0xff, 0xfe]));
  return JSON.parse(jpeg.toString('utf8', at + 4, at + 2 + jpeg.readUInt16BE(at + 2)));
}
