// Stores the newest reloads with the texts before and after them, in the state folder on disk.

import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createUlid } from '../../../core/base/ulid.ts';
import type { Kernel, KernelPlan, ReloadEvent } from '../../../core/contract/kernel.ts';
import type { Problem } from '../../../core/contract/problems.ts';
import { isMap } from './answer.ts';

/** Most stored changes; a new one replaces the oldest. */
export const MAX_CHANGES = 20;
/** Most bytes of a change; a larger one is stored without texts and cannot be undone. */
export const MAX_CHANGE = 8 * 1024 * 1024;

export interface Change {
  readonly id: string;
  readonly at: number;
  readonly by: string;
  readonly ok: boolean;
  readonly summary: string;
  readonly took: number;
  readonly problems: readonly Problem[];
  readonly plan?: KernelPlan;
  /** Path → text of the files that differ. These texts contain secrets and must not leave this machine. */
  readonly before?: Readonly<Record<string, string>>;
  readonly after?: Readonly<Record<string, string>>;
}

export interface Changes {
  /** The newest first. */
  list(): readonly Change[];
  get(id: string): Change | undefined;
  /** Stores a reload; `before` and `after` contain all files. */
  add(event: ReloadEvent, before: Texts, after: Texts): Promise<Change | undefined>;
}

type Texts = ReadonlyMap<string, string>;

/** Reads the stored changes and skips unreadable files. The first change creates `folder`. */
export async function openChanges(folder: string): Promise<Changes> {
  const ulid = createUlid();
  let changes = await readAll(folder);
  return {
    list: () => changes,
    get: (id) => changes.find((one) => one.id === id),
    async add(event, before, after) {
      const paths = [...after.keys()].filter((path) => after.get(path) !== before.get(path));
      const { plan } = event;
      const moved = plan && plan.replaced.length + plan.added.length + plan.removed.length + plan.relinked.length > 0;
      // A reload of the same files without an effect is not a change.
      if (event.ok && paths.length === 0 && !moved) return undefined;
      const pick = (texts: Texts) => Object.fromEntries(paths.map((path) => [path, texts.get(path) ?? '']));
      const { at, by, ok, summary, took, problems } = event;
      const bare: Change = { id: ulid(at), at, by, ok, summary, took, problems, ...(plan ? { plan } : {}) };
      const whole: Change = { ...bare, before: pick(before), after: pick(after) };
      const change = JSON.stringify(whole).length > MAX_CHANGE ? bare : whole;
      changes = [change, ...changes].slice(0, MAX_CHANGES);
      await write(folder, change);
      await removeOthers(folder, new Set(changes.map(({ id }) => `${id}.json`)));
      return change;
    },
  };
}

const NAME = /^[0-9A-HJKMNP-TV-Z]{26}\.json$/;

async function readAll(folder: string): Promise<Change[]> {
  const names = await readdir(folder).catch(() => []);
  const newest = names
    .filter((name) => NAME.test(name))
    .sort()
    .reverse()
    .slice(0, MAX_CHANGES);
  const read = await Promise.all(newest.map((name) => readOne(join(folder, name))));
  return read.filter((one) => one !== undefined);
}

async function readOne(file: string): Promise<Change | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(file, 'utf8'));
    return isMap(value) && typeof value.id === 'string' && typeof value.at === 'number'
      ? (value as object as Change)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Writes atomically; only this user may read the file. */
async function write(folder: string, change: Change): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const temporary = join(folder, '.new');
  await writeFile(temporary, JSON.stringify(change), { mode: 0o600, flush: true });
  await rename(temporary, join(folder, `${change.id}.json`));
}

async function removeOthers(folder: string, kept: ReadonlySet<string>): Promise<void> {
  for (const name of await readdir(folder)) {
    if (NAME.test(name) && !kept.has(name)) await rm(join(folder, name), { force: true });
  }
}

export interface Recorder {
  /** Resolves to the id of the newest change after all events are recorded; "" before the first. */
  last(): Promise<string>;
  /** Resolves after all events so far are recorded. */
  end(): Promise<void>;
}

/** Records each reload with the texts before and after it. */
export async function recordChanges(
  kernel: Pick<Kernel, 'keep' | 'onReload'>,
  changes: Changes,
  failed: (cause: unknown) => void,
): Promise<Recorder> {
  let last = await kernel.keep();
  let working: Promise<unknown> = Promise.resolve();
  const endEvents = kernel.onReload((event) => {
    const before = last;
    if (event.ok) last = event.texts;
    working = working.then(() => changes.add(event, before, event.texts)).catch(failed);
  });
  return {
    async last() {
      await working;
      return changes.list()[0]?.id ?? '';
    },
    async end() {
      endEvents();
      await working;
    },
  };
}
