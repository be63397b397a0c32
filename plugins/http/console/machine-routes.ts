// The routes that find cameras, test a camera, insert its node into the text, and run the doctor.

import { userInfo } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import type { Kernel } from '../../../core/contract/kernel.ts';
import type { Log } from '../../../core/contract/plugin.ts';
import { placeText } from '../../../core/contract/problems.ts';
import type { DaemonView } from '../../../core/contract/status.ts';
import { examineAddresses } from '../../kit/doctor/addresses.ts';
import type { Check } from '../../kit/doctor/check.ts';
import { examineMachine } from '../../kit/doctor/machine.ts';
import { maySee } from '../../kit/http/people.ts';
import type { Person } from './access.ts';
import { isMap, refuse, textOf } from './answer.ts';
import type { CameraDraft, Doctor, Find, FoundCamera, Inserted, Tried } from './api/machine.ts';
import { findCameras } from './find/find.ts';
import { pictureOf } from './node-routes.ts';
import type { Route } from './routes.ts';

/** Timeouts in milliseconds: for a search, the first picture of a camera test, its further pictures, and the doctor. */
const FIND_MS = 15_000;
const FIRST_MS = 15_000;
const MORE_MS = 2_000;
const DOCTOR_MS = 40_000;
/** Most frames of a camera test. */
const TRIED_FRAMES = 30;
const MAX_TEXT = 4 * 1024 * 1024;
export const MAX_OPTIONS = 64 * 1024;
const ID = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/;

export interface MachineContext {
  readonly kernel: Kernel;
  readonly daemon: DaemonView;
  readonly log: Log;
  readonly signal: AbortSignal;
}

export function machineRoutes({ kernel, daemon, log, signal }: MachineContext): Route[] {
  const within = (ms: number): AbortSignal => AbortSignal.any([signal, AbortSignal.timeout(ms)]);
  const diagnosing = new Set<Promise<Doctor>>();
  /** Single-flight, because an examination starts programs. */
  const doctor = (): Promise<Doctor> => {
    const [current] = diagnosing;
    if (current) return current;
    const work = diagnose(kernel, daemon, within(DOCTOR_MS)).finally(() => diagnosing.delete(work));
    diagnosing.add(work);
    return work;
  };

  return [
    {
      method: 'POST',
      path: '/api/doctor',
      role: 'operate',
      async handle({ person, body }) {
        await body();
        if (person.cameras)
          throw refuse('forbidden', 'The doctor reports on all cameras, and you see only some of them.');
        log.info('console: the doctor examines this machine', { by: person.by });
        return doctor();
      },
    },
    {
      method: 'POST',
      path: '/api/cameras/find',
      role: 'edit',
      async handle({ person, body }) {
        const where = whereOf(textOf(await body(), 'where', 16));
        log.info('console: a search for cameras was started', { by: person.by, where });
        const found = await findCameras(where, await knownNodes(kernel), within(FIND_MS));
        return found.map((one) => withoutStrangers(one, person));
      },
    },
    {
      method: 'POST',
      path: '/api/cameras/try',
      role: 'edit',
      async handle({ person, body }): Promise<Tried> {
        const { id, use, options } = draftOf(await body(), person);
        log.info('console: a camera is tried', { by: person.by, camera: id, plugin: use });
        const how = { signal, frames: TRIED_FRAMES, firstMs: FIRST_MS, moreMs: MORE_MS };
        const { frames, why, problems, fenced } = await kernel.try({ use, ...options }, how);
        if (fenced[0]) throw refuse('fenced', fenced[0].message, { fenced });
        const [first] = frames;
        const last = frames.at(-1);
        if (!first || !last) return { problems, why: why ?? 'No picture came.' };
        const seconds = (last.afterMs - first.afterMs) / 1000;
        const bytes = frames.slice(1).reduce((sum, { frame }) => sum + frame.data.length, 0);
        return {
          picture: { ...pictureOf(first.frame), camera: id },
          firstMs: Math.round(first.afterMs),
          problems,
          ...(seconds > 0 ? { rate: (frames.length - 1) / seconds, bytesPerSecond: bytes / seconds } : {}),
        };
      },
    },
    {
      method: 'POST',
      path: '/api/cameras/insert',
      role: 'edit',
      async handle({ person, body }): Promise<Inserted> {
        const given = await body();
        const { id, use, options } = draftOf(given, person);
        const { file } = given;
        const saved = isMap(file)
          ? { path: textOf(file, 'path', 4096), text: textOf(file, 'text', MAX_TEXT) }
          : (await kernel.texts()).files[0];
        if (!saved) throw refuse('failed', 'The profile has no file.');
        const text = await kernel.insert(saved.text, id, { use, ...options });
        if (text === undefined) {
          throw refuse(
            'impossible',
            `The node "${id}" cannot be inserted into the text; it has a node of that name, or is not block YAML.`,
          );
        }
        return { path: saved.path, text };
      },
    },
  ];
}

const PLACES: ReadonlySet<string> = new Set<Find['where']>(['usb', 'pi', 'mdns', 'onvif']);

function whereOf(text: string): Find['where'] {
  if (PLACES.has(text)) return text as Find['where'];
  throw refuse('bad-request', `"where" must be one of ${[...PLACES].join(', ')}.`);
}

function draftOf(body: Readonly<Record<string, unknown>>, person: Person): CameraDraft {
  const id = textOf(body, 'id', 128);
  const use = textOf(body, 'use', 128);
  const { options } = body;
  if (!ID.test(id))
    throw refuse(
      'bad-request',
      `"${id}" cannot be the id of a node: a letter or digit, then letters, digits, "_", "." and "-".`,
    );
  if (!isMap(options) || 'use' in options || JSON.stringify(options).length > MAX_OPTIONS)
    throw refuse('bad-request', '"options" must be a map of options without the plugin, which belongs into "use".');
  if (!maySee(person, id)) throw refuse('forbidden', `"${id}" is not one of your cameras.`);
  return { id, use, options };
}

/** Nodes with the texts of their options, which identify cameras in use. */
async function knownNodes(kernel: Kernel) {
  const nodes = kernel.nodes().filter(({ provides }) => provides.includes('frames'));
  return Promise.all(
    nodes.map(async ({ id, use }) => {
      const lines = (await kernel.options(id)) ?? [];
      return { id, use, options: Object.fromEntries(lines.map(({ path, value }) => [path, plain(value)])) };
    }),
  );
}

function plain(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Hides the node of another user's camera. */
function withoutStrangers({ node, ...found }: FoundCamera, person: Person): FoundCamera {
  return node !== undefined && maySee(person, node) ? { ...found, node } : found;
}

const ORDER = { wrong: 0, warning: 1, fine: 2 } as const;

async function diagnose(kernel: Kernel, { version }: DaemonView, signal: AbortSignal): Promise<Doctor> {
  const { profile } = kernel;
  const [machine, nodes, addresses] = await Promise.all([
    examineMachine(profile, signal),
    kernel.examine(signal),
    examineAddresses(kernel.claims(), process.pid),
  ]);
  const found = nodes.map(
    ({ node, place, ...one }): Check => ({
      subject: node,
      ...one,
      ...(place ? { place: placeText({ ...place, file: shortened(place.file, profile) }) } : {}),
    }),
  );
  const checks = [...machine, ...found, ...addresses].sort((a, b) => ORDER[a.is] - ORDER[b.is]);
  const count = (is: Check['is']): number => checks.filter((one) => one.is === is).length;
  return { version, user: userInfo().username, profile, wrong: count('wrong'), warnings: count('warning'), checks };
}

const shortened = (file: string, profile: string): string => {
  const folder = isAbsolute(profile) ? join(dirname(profile), '/') : '';
  return folder !== '' && file.startsWith(folder) ? file.slice(folder.length) : file;
};
