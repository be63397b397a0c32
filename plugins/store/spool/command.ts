// `camd spool`: shows a spool's waiting frames and its dead letters, sends dead letters again, and drops them.

import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../../../core/base/make-folder.ts';
import { formatSize } from '../../../core/base/units.ts';
import { misuse, type PluginCommand } from '../../../core/contract/plugin.ts';
import type { StoreSpoolOptions } from '../../../schemas/store/spool.ts';
import { idsIn, type Letter, pictureName, readLetter, removeLetter } from './dead.ts';
import { type Disk, openDisk } from './disk.ts';
import { DEAD, RETRY } from './folders.ts';
import { openSegment, parseName } from './segment.ts';

const USAGE = 'spool list [--json] | spool show ID [--json] | spool retry ID…|all | spool drop ID…|all';
/** Limit of a reason in the table, in characters. */
const MAX_WHY = 60;

/** Only renames and removes files of dead letters, so it works beside a running camd. */
export const spoolCommand: PluginCommand<StoreSpoolOptions> = {
  summary: 'List the frames that wait, and send dead letters again',
  usage: USAGE,
  async run(options, [action, ...rest], resolve) {
    const json = rest.includes('--json');
    const ids = rest.filter((word) => word !== '--json');
    const path = resolve(options.path);
    const isRead = action === 'list' || action === 'show';
    const expected = action === 'list' ? 0 : action === 'show' ? 1 : Math.max(1, ids.length);
    const isKnown = isRead || action === 'retry' || action === 'drop';
    if (!isKnown || ids.length !== expected || (json && !isRead)) throw misuse('bad-usage', `Usage: camd ${USAGE}`);
    const folder = join(path, DEAD);
    // A listing must not create the folder.
    if (!(await exists(folder))) {
      if (action === 'list')
        return json ? [formatJson({ path, ...NOTHING, dead: [] })] : [`${path} does not exist yet.`];
      throw unknown(ids[0] ?? '');
    }
    const dead = await openDisk(folder);
    if (action === 'list') return list(path, dead, json);
    if (action === 'show') return show(folder, dead, ids[0] ?? '', json);
    const known = idsIn(await dead.names());
    const chosen = ids.includes('all') ? known : ids;
    const missing = chosen.find((id) => !known.includes(id));
    if (missing !== undefined) throw unknown(missing);
    for (const id of chosen) await (action === 'retry' ? sendAgain(path, dead, id) : removeLetter(dead, id));
    await dead.syncFolder();
    const what = action === 'retry' ? 'to be sent again' : 'dropped';
    return [`${chosen.length} dead letter${chosen.length === 1 ? '' : 's'} ${what}`];
  },
};

const NOTHING = { frames: 0, bytes: 0, segments: 0 };

async function list(path: string, dead: Disk, json: boolean): Promise<string[]> {
  const waiting = await backlogOf(path);
  const letters: (Letter & { readonly id: string })[] = [];
  for (const id of idsIn(await dead.names())) {
    const letter = await readLetter(dead, id);
    if (letter) letters.push({ id, ...letter });
  }
  if (json) return [formatJson({ path, ...waiting, dead: letters })];
  const { frames, bytes } = waiting;
  const lines = [`${path}: ${frames} frame${frames === 1 ? '' : 's'} waiting (${formatSize(bytes)})`];
  if (letters.length === 0) return [...lines, 'no dead letters'];
  const rows = letters.map(({ id, camera, time, bytes: size, answer, why }) => [
    ...[id, camera, new Date(time).toISOString(), formatSize(size), String(answer?.status ?? '-')],
    why.length > MAX_WHY ? `${why.slice(0, MAX_WHY)}…` : why,
  ]);
  return [...lines, ...aligned([['DEAD LETTER', 'CAMERA', 'TAKEN', 'SIZE', 'STATUS', 'WHY'], ...rows])];
}

async function backlogOf(path: string): Promise<{ frames: number; bytes: number; segments: number }> {
  const disk = await openDisk(path);
  let { frames, bytes, segments } = NOTHING;
  for (const name of await disk.names()) {
    const parsed = parseName(name);
    if (parsed?.kind !== 'seg') continue;
    // A running camd may remove it at any moment.
    const segment = await openSegment(disk, parsed.number);
    if (!segment) continue;
    await segment.file.close();
    frames += segment.records - segment.done;
    bytes += segment.end;
    segments++;
  }
  return { frames, bytes, segments };
}

async function show(folder: string, dead: Disk, id: string, json: boolean): Promise<string[]> {
  const letter = await readLetter(dead, id);
  if (!letter) throw unknown(id);
  const picture = join(folder, pictureName(id, letter));
  if (json) return [formatJson({ id, picture, ...letter })];
  const { answer } = letter;
  return [
    ...aligned([
      ['camera', letter.camera],
      ['taken', new Date(letter.time).toISOString()],
      ['refused', new Date(letter.refused).toISOString()],
      ['picture', `${picture} (${letter.type}, ${letter.width}x${letter.height}, ${formatSize(letter.bytes)})`],
      ['key', letter.key],
      ['why', letter.why],
      ...(answer ? [['status', String(answer.status)]] : []),
      ...Object.entries(answer?.headers ?? {}).map(([name, value]) => [name, value]),
    ]),
    ...(answer && answer.body !== '' ? ['', answer.body] : []),
  ];
}

/** Moves the picture first: camd reads the letter as soon as its JSON is there. */
async function sendAgain(path: string, dead: Disk, id: string): Promise<void> {
  const letter = await readLetter(dead, id);
  if (!letter) return;
  await makeFolder(join(path, RETRY), 0o700);
  for (const name of [pictureName(id, letter), `${id}.json`]) await dead.rename(name, join('..', RETRY, name));
  await (await openDisk(join(path, RETRY))).syncFolder();
}

const unknown = (id: string) =>
  misuse('unknown-letter', `There is no dead letter "${id}". "camd spool list" shows them.`);

const formatJson = (value: unknown): string => JSON.stringify(value, undefined, 2);

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, index) => {
      widths[index] = Math.max(widths[index] ?? 0, cell.length);
    });
  }
  return rows.map((row) =>
    row
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
