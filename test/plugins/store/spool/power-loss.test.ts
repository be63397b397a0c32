// Power failures, simulated from a log of all changes to the disk: every acknowledged frame is there afterwards.

import t from 'tap';
import { memoryDisk } from '../../../support/memory-disk.ts';
import { random as seeded } from '../../../support/random.ts';
import { keysIn, numbered, openMemory, put } from '../../../support/spools.ts';

const FRAMES = 60;
const SUBSETS = 1000;

interface Moment {
  /** Changes to the disk before it. */
  readonly at: number;
  readonly key: string;
}

/** Writes groups of frames and acknowledges some of them, over several segments; records when each was acknowledged and deleted. */
async function history() {
  const disk = memoryDisk();
  const { spool } = await openMemory(disk);
  const stored: Moment[] = [];
  const forgotten: Moment[] = [];
  for (let number = 0; number < FRAMES; number += 3) {
    const group = [0, 1, 2].map((more) => numbered(`c${more}`, number + more, 60));
    await Promise.all(
      group.map(async (frame) => {
        await put(spool, frame);
        stored.push({ at: disk.length, key: frame.key });
      }),
    );
    if (number % 15 === 0) await spool.journal.seal();
    if (number % 6 !== 0) continue;
    for (let times = 0; times < 4; times++) {
      const entry = spool.backlog.next(() => true);
      if (!entry) break;
      // From here on the consumer has it.
      forgotten.push({ at: disk.length, key: `${entry.camera}-${(await spool.read(entry))?.facts.meta.number}` });
      await spool.done(entry);
    }
  }
  return { disk, stored, forgotten };
}

t.test(
  'after a power failure at any moment, with any part of the unsynced data, no acknowledged frame is lost',
  async (t) => {
    const { disk, stored, forgotten } = await history();
    const draw = seeded(19);
    const lost: string[] = [];
    const check = async (at: number, keeps: () => boolean, how: string): Promise<void> => {
      const { keys } = await keysIn(disk.after(at, keeps));
      const delivered = new Set(forgotten.filter((moment) => moment.at <= at).map(({ key }) => key));
      for (const { key, at: since } of stored) {
        if (since <= at && !delivered.has(key) && !keys.includes(key)) lost.push(`${key} after ${at} changes, ${how}`);
      }
    };

    for (let at = 0; at <= disk.length; at++) {
      await check(at, () => true, 'all kept');
      await check(at, () => false, 'only what was synced');
    }
    for (let subset = 0; subset < SUBSETS; subset++) {
      const at = draw(disk.length + 1);
      await check(at, () => draw(2) === 0, `subset ${subset}`);
    }

    t.equal(stored.length, FRAMES);
    t.ok(forgotten.length > 10);
    t.same(lost, []);
  },
);

t.test('the simulation finds a spool that does not sync', async (t) => {
  const disk = memoryDisk();
  const lying = { ...disk, create: async (name: string) => ({ ...(await disk.create(name)), sync: async () => {} }) };
  const { spool } = await openMemory(Object.assign(lying, { length: 0 }));
  await put(spool, numbered('a', 1));

  const { keys } = await keysIn(disk.after(disk.length, () => false));

  t.same(keys, []);
});
