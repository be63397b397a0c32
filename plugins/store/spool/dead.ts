// Dead letters: frames that a consumer refuses permanently, each with the consumer's answer, in a folder of limited size.

import { createUlid } from '../../../core/base/ulid.ts';
import { type Answer, answerOf } from '../../../core/contract/final.ts';
import { type Fault, sentence } from '../../../core/contract/problems.ts';
import { type Disk, readWhole, writeWhole } from './disk.ts';
import type { Facts } from './format.ts';

/** Limit of the JSON of a letter, in bytes: facts, answer and reason. */
export const MAX_LETTER = 256 * 1024;

export interface Letter extends Facts {
  /** When it was refused, milliseconds since the epoch. */
  readonly refused: number;
  /** Bytes of the picture. */
  readonly bytes: number;
  readonly why: string;
  /** Undefined if the picture was refused before it was sent. */
  readonly answer: Answer | undefined;
}

export interface DeadLimits {
  readonly maxCount: number;
  readonly maxBytes: number;
}

export interface DeadLetters {
  /** Resolves when the letter is on disk, with the number of older ones that were removed for it. */
  put(facts: Facts, data: Buffer, fault: Fault): Promise<number>;
  count(): Promise<number>;
}

export const pictureName = (id: string, { type }: Pick<Facts, 'type'>): string =>
  `${id}.${type === 'image/png' ? 'png' : 'jpg'}`;

const ID = /^([0-9A-HJ-NP-Z]{26})\.json$/;

/** The ids of the letters, oldest first. */
export const idsIn = (names: readonly string[]): string[] =>
  names
    .flatMap((name) => ID.exec(name)?.[1] ?? [])
    .filter((id, at, all) => all.indexOf(id) === at)
    .sort();

/** Undefined if the letter does not exist or cannot be read. */
export async function readLetter(disk: Disk, id: string): Promise<Letter | undefined> {
  const text = await readWhole(disk, `${id}.json`, MAX_LETTER);
  try {
    // Written by `put`, in a folder of camd's own.
    return text && (JSON.parse(text.toString('utf8')) as Letter);
  } catch {
    return undefined;
  }
}

/** Removes the JSON first: a picture without it is not a letter. */
export async function removeLetter(disk: Disk, id: string): Promise<void> {
  await disk.remove(`${id}.json`);
  await disk.remove(`${id}.jpg`);
  await disk.remove(`${id}.png`);
}

export function createDeadLetters(disk: Disk, limits: () => DeadLimits, now: () => number): DeadLetters {
  const ulid = createUlid();
  const sizes = new Map<string, number>();
  let turn: Promise<unknown> = Promise.resolve();

  const makeRoom = async (bytes: number): Promise<number> => {
    const ids = idsIn(await disk.names());
    for (const known of [...sizes.keys()]) if (!ids.includes(known)) sizes.delete(known);
    for (const id of ids) if (!sizes.has(id)) sizes.set(id, (await readLetter(disk, id))?.bytes ?? 0);
    const { maxCount, maxBytes } = limits();
    let total = [...sizes.values()].reduce((sum, size) => sum + size, bytes);
    let removed = 0;
    while (ids.length > 0 && (ids.length >= maxCount || total > maxBytes)) {
      const oldest = ids.shift() ?? '';
      total -= sizes.get(oldest) ?? 0;
      sizes.delete(oldest);
      await removeLetter(disk, oldest);
      removed++;
    }
    return removed;
  };
  return {
    put(facts, data, fault) {
      const result = turn.then(async () => {
        const removed = await makeRoom(data.length);
        const id = ulid(now());
        const { camera, key, time, type, width, height, meta } = facts;
        const letter: Letter = {
          ...{ camera, key, time, type, width, height, meta },
          refused: now(),
          bytes: data.length,
          why: sentence(fault),
          answer: answerOf(fault),
        };
        await writeWhole(disk, pictureName(id, facts), [data]);
        await writeWhole(disk, `${id}.json`, [Buffer.from(`${JSON.stringify(letter, undefined, 2)}\n`)]);
        await disk.syncFolder();
        sizes.set(id, data.length);
        return removed;
      });
      turn = result.catch(() => {});
      return result;
    },
    count: async () => idsIn(await disk.names()).length,
  };
}
