// A spool whose disk is full, has no inodes, is read-only or slow: streams keep their rate, nothing acknowledged is lost, and it recovers.

import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import t, { type Test } from 'tap';
import { createFeed, createProbe, makeCapture, until } from '../../../../testing/index.ts';
import { dedent } from '../../../support/dedent.ts';
import { run } from '../../../support/harness.ts';
import { mjpegViewer } from '../../../support/mjpeg-viewer.ts';
import { type Tampering, tampered } from '../../../torture/tamper.ts';

/** Pictures of the other camera during which a trouble lasts. */
const PICTURES = 60;
/** A loaded machine delays one camera or the other now and then; a spool that does so delays it each time. */
const ATTEMPTS = 5;
const SHARE = 0.95;
/** Milliseconds; on a loaded machine as much as without the trouble, or as in a thread that does nothing. */
const LOOP_P99_MS = 100;
const PAUSE_MS = 20;

t.setTimeout(300_000);

/** The event-loop delay of a thread that does nothing: only the load of the machine delays it. */
function idleThread(t: Test): { start(): void; p99(): Promise<number> } {
  const thread = new Worker(
    `const { parentPort } = require('node:worker_threads');
    const delay = require('node:perf_hooks').monitorEventLoopDelay({ resolution: 10 });
    parentPort.on('message', (start) => {
      if (start) return delay.reset(), delay.enable();
      delay.disable();
      parentPort.postMessage(delay.percentile(99) / 1e6);
    });`,
    { eval: true },
  );
  t.teardown(() => thread.terminate());
  return {
    start: () => thread.postMessage(true),
    async p99() {
      thread.postMessage(false);
      const [value] = await once(thread, 'message');
      return value;
    },
  };
}

/** A file system of its own. Needs root; without it the test fails with that reason. */
function smallDisk(t: Test, options: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'camd-spool-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]);
  t.teardown(() => execFileSync('umount', ['--lazy', folder]));
  return folder;
}

/**
 * Two cameras with a viewer each; only one of them, and a sender that waits, have a spool. `during` runs with the trouble and
 * resolves with the work that ends it.
 */
async function withTrouble(t: Test, folder: string, during: (around: Around) => Promise<void>): Promise<void> {
  const feed = createFeed();
  const probe = createProbe();
  const camd = await run(
    t,
    dedent`
      camd: 1
      pipeline:
        web: { use: http/server, listen: 127.0.0.1:0 }
        front: { use: source/test-pattern, fps: 20, size: 64x48 }
        other: { use: source/test-pattern, fps: 20, size: 64x48 }
        front-stream: { use: http/stream, on: web, from: front, path: /front }
        other-stream: { use: http/stream, on: web, from: other, path: /other }
        sender: { use: test/feed }
        spool: { use: store/spool, from: [front, sender], path: ${folder}/spool, max_bytes: 16MiB, min_free: 0B }
        end: { use: test/probe, from: spool }
    `,
    { plugins: [feed.plugin, probe.plugin] },
  );
  const port = Number(new URL(camd.port('web', 'server').origin).port);
  const viewers = { front: mjpegViewer(port, '/front'), other: mjpegViewer(port, '/other') };
  t.teardown(() => {
    for (const { socket } of Object.values(viewers)) socket.destroy();
  });
  const acknowledged: string[] = [];
  const end = new AbortController();
  const padding = Buffer.alloc(100_000);
  const sending = (async () => {
    for (let number = 0; !end.signal.aborted; number++) {
      const key = `sent-${number}`;
      const picture = { ...makeCapture(number), camera: 'sender', key };
      const isTaken = await feed.send({ ...picture, data: Buffer.concat([picture.data, padding]) }).then(
        () => true,
        () => false,
      );
      if (isTaken) acknowledged.push(key);
      await sleep(PAUSE_MS);
    }
  })();
  const delay = monitorEventLoopDelay({ resolution: 10 });
  const idle = idleThread(t);
  const measured = async (count: number): Promise<{ share: number; p99: number; idleP99: number }> => {
    const from = { front: viewers.front.pictures(), other: viewers.other.pictures() };
    idle.start();
    delay.reset();
    delay.enable();
    await until(() => viewers.other.pictures() - from.other >= count, 'pictures of the other camera');
    delay.disable();
    const share = (viewers.front.pictures() - from.front) / (viewers.other.pictures() - from.other);
    return { share, p99: delay.percentile(99) / 1e6, idleP99: await idle.p99() };
  };
  const accepts = async (): Promise<void> => {
    const before = acknowledged.length;
    await until(() => acknowledged.length > before, 'the sender to be accepted');
  };

  await accepts();
  const usual = await measured(PICTURES / 4);
  await during({
    why: async () => {
      await camd.state('spool', 'degraded');
      const { state } = camd.status('spool');
      return state.is === 'degraded' ? state.why : '';
    },
    async lasts() {
      let last = await measured(PICTURES);
      const most = (): number => Math.max(LOOP_P99_MS, 3 * usual.p99, 3 * last.idleP99);
      for (let attempt = 1; attempt < ATTEMPTS && (last.share < SHARE || last.p99 >= most()); attempt++) {
        last = await measured(PICTURES);
      }
      t.ok(last.share >= SHARE, `the viewer has ${Math.round(last.share * 100)} % of the pictures of the other one`);
      t.ok(last.p99 < most(), `the event loop's p99 is ${Math.round(last.p99)} ms, at most ${Math.round(most())}`);
    },
  });
  await accepts();
  await camd.state('spool', 'running');
  end.abort();
  await sending;
  const delivered = (): Set<string> => new Set(probe.frames.map(({ key }) => key));
  await until(() => acknowledged.every((key) => delivered().has(key)), 'every acknowledged picture').catch(t.fail);
  t.ok(acknowledged.length > 2);
}

interface Around {
  /** The reason of the degraded spool; waits for it. */
  why(): Promise<string>;
  /** Compares the two viewers, and the event loop with its state before. */
  lasts(): Promise<void>;
}

t.test('a disk that fills and has room again', async (t) => {
  const folder = smallDisk(t, 'size=20m');

  await withTrouble(t, folder, async ({ why, lasts }) => {
    const large = join(folder, 'large');
    for (let size = 2 ** 22; size >= 4096; size /= 2) {
      for (let part = 0; part < 100; part++) {
        try {
          writeFileSync(`${large}-${size}-${part}`, Buffer.alloc(size));
        } catch {
          break;
        }
      }
    }
    t.match(await why(), new RegExp(`${folder}/spool.*free some space`));
    await lasts();
    for (const name of readdirSync(folder)) if (name.startsWith('large')) rmSync(join(folder, name));
  });
});

t.test('a disk that has no inodes, and some again', async (t) => {
  const folder = smallDisk(t, 'size=40m,nr_inodes=40');

  await withTrouble(t, folder, async ({ why, lasts }) => {
    const take = setInterval(() => {
      try {
        for (;;) writeFileSync(join(folder, `empty-${process.hrtime.bigint()}`), '');
      } catch {
        // No inodes remain. Those that the spool frees are used up again.
      }
    }, 5);
    try {
      t.match(await why(), new RegExp(`${folder}/spool`));
      await lasts();
    } finally {
      clearInterval(take);
    }
    for (const name of readdirSync(folder)) if (name.startsWith('empty')) rmSync(join(folder, name));
  });
});

/** All calls of this process by this name are tampered with while `during` runs. */
const allTampered = (call: string, how: Tampering, during: () => Promise<void>): Promise<void> =>
  tampered(process.pid, call, '1+', how, during);

t.test('a disk that becomes read-only while it is written to, as after an error, and writable again', async (t) => {
  const folder = smallDisk(t, 'size=40m');

  await withTrouble(t, folder, async ({ why, lasts }) => {
    // A file system with open files cannot be made read-only from outside.
    await allTampered('pwritev', 'EROFS', async () => {
      t.match(await why(), new RegExp(`${folder}/spool.*read-only`));
      await lasts();
    });
  });
});

t.test('a disk that reports errors, and works again', async (t) => {
  const folder = smallDisk(t, 'size=40m');

  await withTrouble(t, folder, async ({ why, lasts }) => {
    await allTampered('fdatasync', 'EIO', async () => {
      t.match(await why(), new RegExp(`${folder}/spool.*reported an error`));
      await lasts();
    });
  });
});

t.test('a disk on which each fsync takes a second', async (t) => {
  const folder = smallDisk(t, 'size=40m');

  await withTrouble(t, folder, async ({ lasts }) => {
    await allTampered('fdatasync', { delayMs: 1000 }, lasts);
  });
});

t.test('a folder on a disk that is mounted read-only: camd waits for it and names it', async (t) => {
  const folder = smallDisk(t, 'size=4m');
  execFileSync('mount', ['-o', 'remount,ro', folder]);
  const camd = await run(
    t,
    dedent`
      camd: 1
      pipeline:
        front: { use: source/test-pattern }
        spool: { use: store/spool, from: front, path: ${folder}, min_free: 0B }
        end: { use: test/probe, from: spool }
    `,
    { plugins: [createProbe().plugin] },
  );

  const why = await until(() => {
    const { state } = camd.status('spool');
    return 'why' in state && String(state.why);
  }, 'a reason');
  t.match(why, new RegExp(`${folder}.*read-only`));
  execFileSync('mount', ['-o', 'remount,rw', folder]);

  await until(() => (camd.status('spool').metrics.delivered_total ?? 0) > 0, 'a picture to go through');
  t.equal(camd.status('spool').state.is, 'running');
});
