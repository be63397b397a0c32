// Every reload with the texts before and after it: kept on disk in the state folder, the newest ones only.

import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createUlid } from '../../../core/base/ulid.ts';
import type { Kernel, KernelPlan, ReloadEvent } from '../../../core/contract/kernel.ts';
import type { Problem } from '../../../core/contract/problems.ts';
import { isMap } from './answer.ts';

/** Changes that are kept; the oldest goes first. */
export const MAX_CHANGES = 20;
/** Bytes of one of them; of a larger one the texts are left out, so that it cannot be undone. */
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
  /** Path → text of the files that differ; true texts, with their secrets, for this machine alone. */
  readonly before?: Readonly<Record<string, string>>;
  readonly after?: Readonly<Record<string, string>>;
}

export interface Changes {
  /** The newest first. */
  list(): readonly Change[];
  get(id: string): Change | undefined;
  /** Keeps what a reload did; `before` and `after` are all files. */
  add(event: ReloadEvent, before: Texts, after: Texts): Promise<Change | undefined>;
}

type Texts = ReadonlyMap<string, string>;

/** Reads what is there; files that cannot be read are left out. `folder` is made when the first change comes. */
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
      // A reload of the same files that did nothing is no change.
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

/** Whole or not at all; nobody else may read it. */
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
  /** The id of the newest change, when all that has happened is recorded; "" before the first. */
  last(): Promise<string>;
  end(): void;
}

/** Follows the reloads and records each with the texts around it. */
export async function recordChanges(
  kernel: Pick<Kernel, 'keep' | 'onReload'>,
  changes: Changes,
  failed: (cause: unknown) => void,
): Promise<Recorder> {
  let last = await kernel.keep();
  let working: Promise<unknown> = Promise.resolve();
  const end = kernel.onReload((event) => {
    const before = last;
    if (event.ok) last = event.texts;
    working = working.then(() => changes.add(event, before, event.texts)).catch(failed);
  });
  return {
    async last() {
      await working;
      return changes.list()[0]?.id ?? '';
    },
    end,
  };
}
