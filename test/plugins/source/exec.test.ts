// source/exec with real programs: feeds, single pictures, pictures on demand, and no process left behind.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { collect } from '../../support/collect.ts';
import { dedent } from '../../support/dedent.ts';
import { type Ending, type Running, run } from '../../support/harness.ts';
import { sampleJpeg } from '../../support/jpeg.ts';
import { until } from '../../support/until.ts';

const PICTURE = sampleJpeg();

/** A folder with a picture and a place for a log of starts; it serves as a mark on command lines. */
interface Place {
  readonly folder: string;
  readonly picture: string;
  /** How often a command has run `echo >> starts`. */
  starts(): number;
  /** Living processes with the folder on their command line. */
  running(): number[];
}

function place(t: Ending): Place {
  const folder = mkdtempSync(join(tmpdir(), 'camd-exec-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const picture = join(folder, 'picture.jpg');
  writeFileSync(picture, PICTURE);
  const log = join(folder, 'starts');
  return {
    folder,
    picture,
    starts: () => (existsSync(log) ? readFileSync(log, 'utf8').length : 0),
    running: () =>
      readdirSync('/proc')
        .map(Number)
        .filter((pid) => pid > 0 && pid !== process.pid && commandOf(pid).includes(folder)),
  };
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

/** A shell script as a list for YAML. `$0` is the folder. */
const script = (at: Place, text: string): string => JSON.stringify(['sh', '-c', text, at.folder]);

const patience = (): AbortSignal => new AbortController().signal;

const capture = (camd: Running, id = 'cam') => camd.output(id).ask('capture', id, undefined, patience());

t.test('ffmpeg delivers frames, also after it was killed repeatedly, and ends with camd', async (t) => {
  const at = place(t);
  const argv = ['ffmpeg', '-nostdin', '-v', 'error', '-re', '-f', 'lavfi', '-i', 'testsrc2=size=320x240:rate=30'];
  argv.push('-metadata', `comment=${at.folder}`, '-f', 'mjpeg', '-');
  const camd = await run(
    t,
    dedent`
    camd: 1
    pipeline:
      cam: { use: source/exec, command: ${JSON.stringify(argv)}, timeout: 1m }
      other: { use: source/test-pattern, size: 64x48, fps: 20 }
  `,
  );
  const [frames, others] = [collect(camd, 'cam'), collect(camd, 'other')];

  /** Waits for frames of the process with this number: those of the one before may still be on their way. */
  const framesOf = async (start: number): Promise<void> => {
    await until(() => camd.status('cam').metrics.starts_total === start && at.running().length > 0, `start ${start}`);
    const before = frames.length;
    await until(() => frames.length > before + 3, 'frames');
  };
  for (let kill = 0; kill < 3; kill++) {
    await framesOf(kill + 1);
    for (const pid of at.running()) process.kill(pid, 'SIGKILL');
    await until(() => at.running().length === 0, 'ffmpeg to be gone');
  }
  await framesOf(4);
  await until(() => others.length > 3, 'frames of the other camera');
  await camd.state('cam', 'running');
  const status = camd.status('cam');
  await camd.stop();

  t.ok(frames.every((frame, index) => frame.seq === index + 1 && frame.width === 320));
  t.equal(status.restarts, 0, 'the node itself has run on');
  t.equal(status.metrics.starts_total, 4);
  t.match(status.lastError, 'The command ffmpeg was ended by SIGKILL');
  t.same(at.running(), []);
});

t.test(
  'a command that ends without output is a failure with any exit status, and its last line is quoted',
  async (t) => {
    const at = place(t);
    const camd = await run(
      t,
      dedent`
    camd: 1
    pipeline:
      busy: { use: source/exec, command: ${script(at, 'echo "VIDIOC_REQBUFS returned -1 (Device or resource busy)" >&2; exit 0')} }
      quiet: { use: source/exec, command: ["true"] }
      absent: { use: source/exec, command: [camd-no-such-program] }
      cwd: { use: source/exec, command: ["true"], cwd: nowhere }
  `,
    );

    const busy = await camd.state('busy', 'degraded');
    const quiet = await camd.state('quiet', 'degraded');
    const absent = await camd.state('absent', 'degraded');
    const cwd = await camd.state('cwd', 'degraded');

    t.equal(
      busy.lastError,
      'The command sh ended with status 0 and wrote no bytes; it said: VIDIOC_REQBUFS returned -1 (Device or resource busy)',
    );
    t.equal(quiet.lastError, 'The command true ended with status 0 and wrote no bytes.');
    t.match(absent.lastError, /The command camd-no-such-program was not found/);
    t.equal(cwd.lastError, `The folder ${camd.folder}/nowhere of true does not exist.`);
    t.ok(camd.lines.some((line) => line.node === 'busy' && String(line.line).startsWith('VIDIOC_REQBUFS')));
  },
);

t.test('a silent command is stopped and started again', async (t) => {
  const at = place(t);
  const text = 'printf . >> $0/starts; cat $0/picture.jpg; sleep 1000; :';
  const camd = await run(
    t,
    dedent`
    camd: 1
    pipeline:
      cam: { use: source/exec, command: ${script(at, text)}, timeout: 300ms }
  `,
  );
  const frames = collect(camd, 'cam');

  await until(() => at.starts() >= 3 && frames.length >= 2, 'three starts');

  t.ok(camd.lines.some((line) => line.why === 'The command sh has sent nothing for 300ms.'));
  await camd.stop();
  t.same(at.running(), []);
});

t.test('the first pictures of a cold camera are skipped after each start, and small ones are refused', async (t) => {
  const at = place(t);
  const large = sampleJpeg({ width: 128, height: 96, detail: 20 });
  writeFileSync(join(at.folder, 'large.jpg'), large);
  const text = 'cat $0/large.jpg $0/picture.jpg; cat $0/large.jpg; exec sleep 1000';
  const camd = await run(
    t,
    dedent`
    camd: 1
    pipeline:
      cam: { use: source/exec, command: ${script(at, text)}, skip: 1, min_size: ${PICTURE.length + 1}B }
  `,
  );
  const frames = collect(camd, 'cam');

  await until(() => frames.length > 0, 'a picture');

  t.equal(frames.length, 1);
  t.ok(frames[0]?.data.equals(large));
  t.equal(camd.status('cam').metrics.too_small_total, 1);
});

t.test(
  'on demand, no process runs without viewers, captures share one start, and the process ends after lingering',
  async (t) => {
    const at = place(t);
    const text = 'printf . >> $0/starts; while :; do cat $0/picture.jpg; sleep 0.05; done';
    const camd = await run(
      t,
      dedent`
    camd: 1
    pipeline:
      cam: { use: source/exec, command: ${script(at, text)}, mode: on_demand, linger: 200ms, skip: 2 }
  `,
    );
    const frames = collect(camd, 'cam');
    await camd.state('cam', 'running');
    const idle = [at.starts(), at.running().length];

    const captured = await Promise.all(Array.from({ length: 8 }, () => capture(camd)));
    const afterCapture = at.starts();
    await until(() => at.running().length === 0, 'the process to be gone');
    const release = camd.output('cam').want('cam');
    await until(() => frames.length > 2, 'frames for a viewer');
    const watched = at.running().length;
    release();
    await until(() => at.running().length === 0, 'the process to be gone again');

    t.same(idle, [0, 0]);
    t.equal(new Set(captured.map((frame) => frame.seq)).size, 1);
    t.equal(afterCapture, 1);
    t.ok(watched >= 1);
    t.equal(at.starts(), 2);
  },
);

t.test('a capture fails at its deadline, or at once with the error of the command', async (t) => {
  const at = place(t);
  const camd = await run(
    t,
    dedent`
    camd: 1
    pipeline:
      slow: { use: source/exec, command: ${script(at, 'sleep 1000; :')}, mode: on_demand, linger: 0ms, capture_timeout: 150ms }
      bad: { use: source/exec, command: ${script(at, 'echo "ERROR: *** no cameras available ***" >&2; exit 255')}, mode: on_demand }
  `,
  );

  await t.rejects(capture(camd, 'slow'), { code: 'capture-timeout', blame: 'environment' });
  await t.rejects(capture(camd, 'bad'), {
    message: /sh ended with status 255 and wrote no bytes; it said: ERROR: \*\*\* no cameras/,
  });
  await until(() => at.running().length === 0, 'the processes to be gone');
  t.equal(camd.status('bad').state.is, 'degraded');
});

t.test('a command that is run for each picture gives one at the interval, also when its status is not 0', async (t) => {
  const at = place(t);
  const text = 'printf . >> $0/starts; cat $0/picture.jpg; exit 3';
  const camd = await run(
    t,
    dedent`
    camd: 1
    pipeline:
      shot: { use: source/exec, command: ${script(at, text)}, every: 100ms, parse: still }
      png: { use: source/exec, command: [printf, '\\211PNG\\r\\n\\032\\n'], every: 100ms }
      hangs: { use: source/exec, command: ${script(at, 'sleep 1000; :')}, every: 1s, timeout: 200ms }
      none: { use: source/exec, command: [echo, hello], every: 1s, parse: still }
  `,
  );
  const frames = collect(camd, 'shot');

  await until(() => frames.length >= 3, 'three pictures');
  const png = await camd.state('png', 'degraded');
  const hangs = await camd.state('hangs', 'degraded');
  const none = await camd.state('none', 'degraded');

  t.ok(frames.every((frame) => frame.data.equals(PICTURE)));
  t.match(png.lastError, /It is a PNG: set "parse: still"\.$/);
  t.equal(hangs.lastError, 'The command sh did not exit within 200ms.');
  t.match(none.lastError, /^The command echo wrote 6 B without a whole picture/);
  await camd.stop();
  t.same(at.running(), []);
});

t.test(
  'a picture per command on demand: concurrent requests share one run, and no process runs in between',
  async (t) => {
    const at = place(t);
    const text = 'printf . >> $0/starts; sleep 0.2; cat $0/picture.jpg';
    const camd = await run(
      t,
      dedent`
    camd: 1
    pipeline:
      cam: { use: source/exec, command: ${script(at, text)}, every: 100ms, mode: on_demand, linger: 0ms, parse: still }
  `,
    );

    const frames = await Promise.all(Array.from({ length: 5 }, () => capture(camd)));
    const starts = at.starts();
    await capture(camd);

    t.equal(new Set(frames.map((frame) => frame.seq)).size, 1);
    t.equal(starts, 1);
    t.equal(at.starts(), 2);
    t.same(at.running(), []);
  },
);

t.test('secrets in the environment reach the command and no line of the log', async (t) => {
  const at = place(t);
  const text = 'test "$TOKEN" = hunter2 && test -z "$CAMD_SECRET" && cat $0/picture.jpg; exec sleep 1000';
  const camd = await run(
    t,
    dedent`
      camd: 1
      pipeline:
        cam:
          use: source/exec
          command: ${script(at, text)}
          env: { TOKEN: "\${env:CAMD_SECRET}" }
    `,
    { env: { CAMD_SECRET: 'hunter2' } },
  );
  const frames = collect(camd, 'cam');

  await until(() => frames.length > 0, 'the picture');

  t.notMatch(JSON.stringify(camd.lines), 'hunter2');
});
