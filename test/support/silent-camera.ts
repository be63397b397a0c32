// A camera whose silence a test controls, with a manual clock, watched by one notify node.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Node } from '../../core/contract/plugin.ts';
import { type Ending, type Running, run } from './harness.ts';
import { sampleJpeg } from './jpeg.ts';
import { manualClock } from './manual-clock.ts';
import { until } from './until.ts';

export interface SilentCamera {
  readonly camd: Running;
  /** Advances the time without pictures until the test is true. */
  silent(test: () => boolean, what: string): Promise<void>;
  /** The same, with a picture of each camera in every step. */
  sending(test: () => boolean, what: string): Promise<void>;
  /** Advances the time. */
  pass(ms: number): Promise<void>;
  /** Reloads the same profile with other lines of the notify node. */
  reload(lines: readonly string[]): Promise<void>;
}

export interface SilentOptions {
  /** Further lines of the notify node. */
  readonly lines: readonly string[];
  readonly cameras?: readonly string[];
  /** Files of the profile's folder. */
  readonly files?: Readonly<Record<string, string>>;
  /** Content of the state file of an earlier camd. */
  readonly saved?: string;
}

/** Replaces the notify node. */
const IDLE = ['use: cache/latest'];
/** Milliseconds of the test's clock in one step. */
const STEP = 1000;

export async function silentCamera(
  t: Ending,
  { lines, cameras = ['lobby'], files = {}, saved }: SilentOptions,
): Promise<SilentCamera> {
  const time = manualClock();
  let camera: Node<unknown> | undefined;
  const plugin = {
    ...{ use: 'test/cameras', schema: SCHEMA },
    start(node: Node<unknown>) {
      camera = node;
      for (const name of cameras) node.output.announce(name);
    },
  };
  const profile = (more: readonly string[]): string =>
    [
      'camd: 1',
      'pipeline:',
      '  in: { use: test/cameras }',
      '  alarm:',
      '    from: in',
      ...more.map((line) => `    ${line}`),
      '',
    ].join('\n');
  const early = saved === undefined ? lines : IDLE;
  const camd = await run(t, profile(early), { clock: time.clock, plugins: [plugin], files });
  if (saved !== undefined) {
    mkdirSync(join(camd.folder, 'state/notify'), { recursive: true });
    writeFileSync(join(camd.folder, 'state/notify/alarm.json'), saved);
    await camd.reload(profile(lines));
  }
  const send = async (): Promise<void> => {
    for (const name of cameras) await camera?.output.emit(camera.output.stamp({ ...capture, camera: name }));
  };
  const on = async (test: () => boolean, what: string, withPictures: boolean): Promise<void> => {
    await until(async () => {
      if (test()) return true;
      if (withPictures) await send();
      await time.advance(STEP);
      return test();
    }, what);
  };
  if (saved === undefined) await send();
  return {
    camd,
    silent: (test, what) => on(test, what, false),
    sending: (test, what) => on(test, what, true),
    pass: (ms) => time.advance(ms),
    async reload(more) {
      const { ok } = await camd.reload(profile(more));
      if (!ok) throw new Error('the profile is wrong');
    },
  };
}

const SCHEMA = {
  ...{ summary: 'Cameras', description: 'Cameras.', provides: ['frames'] },
  ...{ type: 'object', additionalProperties: false, properties: {} },
};
const data = sampleJpeg({ width: 16, height: 16 });
const capture = { data, type: 'image/jpeg', width: 16, height: 16, hasHeadroom: false } as const;
