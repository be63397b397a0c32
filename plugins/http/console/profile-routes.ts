// The routes that show, check, complete and change the texts of the profile.

import { dirname, relative } from 'node:path';
import type {
  AppliedCandidate,
  CandidateTexts,
  CheckedCandidate,
  Kernel,
  KernelPlan,
  KernelTexts,
} from '../../../core/contract/kernel.ts';
import type { Log } from '../../../core/contract/plugin.ts';
import type { Problem } from '../../../core/contract/problems.ts';
import type { DaemonView } from '../../../core/contract/status.ts';
import { maySee } from '../../kit/http/people.ts';
import type { Person } from './access.ts';
import { isMap, refuse, textOf } from './answer.ts';
import type { Applied, Checked, Fenced, Plan, ProfileTexts } from './api/profile.ts';
import type { ErrorCode } from './api/session.ts';
import { complete } from './complete/complete.ts';
import type { Call, Route } from './routes.ts';

/** Most characters of one file. */
const MAX_TEXT = 4 * 1024 * 1024;
const MAX_FILES = 257;

export interface ProfileContext {
  readonly kernel: Kernel;
  readonly daemon: DaemonView;
  readonly log: Log;
  /** The id of the last recorded change. */
  lastChange(): Promise<string>;
}

export function profileRoutes({ kernel, daemon, log, lastChange }: ProfileContext): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/profile',
      role: 'edit',
      handle: async () => textsFor(kernel, await kernel.texts()),
    },
    {
      method: 'POST',
      path: '/api/profile/check',
      role: 'edit',
      handle: async ({ person, body }) =>
        checkedFor(await kernel.check(candidateOf(await body())), daemon, objectionTo(person, kernel)),
    },
    {
      method: 'POST',
      path: '/api/profile/apply',
      role: 'edit',
      async handle({ request, person, body }) {
        const texts = candidateOf(await body());
        const revision = revisionIn(request);
        const allow = objectionTo(person, kernel);
        const cut = cutCounter(daemon);
        const result = await kernel.apply(texts, { revision, by: person.by, allow });
        return applied(result, { kernel, log, by: person.by, cut, change: lastChange });
      },
    },
    {
      method: 'POST',
      path: '/api/profile/complete',
      role: 'edit',
      async handle({ body }) {
        const given = await body();
        const text = textOf(given, 'text', MAX_TEXT);
        const { offset } = given;
        if (typeof offset !== 'number' || !Number.isInteger(offset) || offset < 0 || offset > text.length)
          throw refuse('bad-request', '"offset" must be a position in the text.');
        return complete(text, offset, {
          uses: kernel.uses(),
          schema: (use) => kernel.schema(use),
          profile: kernel.profileSchema(),
          nodes: kernel.nodes(),
        });
      },
    },
  ];
}

/** `If-Match: "REVISION"` (RFC 9110 §13.1.1). */
export function revisionIn({ headers }: Call['request']): string {
  const revision = /^\s*"([0-9a-f]{64})"\s*$/.exec(String(headers['if-match'] ?? ''))?.[1];
  if (revision === undefined)
    throw refuse('bad-request', 'The request has no If-Match with the revision of the texts.');
  return revision;
}

export function candidateOf(body: Readonly<Record<string, unknown>>): CandidateTexts {
  const { files } = body;
  if (!Array.isArray(files) || files.length > MAX_FILES)
    throw refuse('bad-request', '"files" must be a list of files.');
  return new Map(
    files.map((file: unknown): [string, string] => {
      if (!isMap(file)) throw refuse('bad-request', '"files" contains an entry that is not a file.');
      return [textOf(file, 'path', 4096), textOf(file, 'text', MAX_TEXT)];
    }),
  );
}

export function textsFor({ profile }: Pick<Kernel, 'profile'>, { revision, files }: KernelTexts): ProfileTexts {
  return {
    revision,
    files: files.map(({ path, text, writable }) => ({ path, name: nameOf(path, profile), text, writable })),
  };
}

/** Relative to the folder of the profile, if it lies below it. */
export function nameOf(path: string, profile: string): string {
  const name = relative(dirname(profile), path);
  return name.startsWith('..') || name === '' ? path : name;
}

export function fencedFor(fenced: CheckedCandidate['fenced']): Fenced[] {
  return fenced.map(({ node, path, place, message }) => ({
    path,
    message,
    ...(node === undefined ? {} : { node }),
    ...(place ? { place: { file: place.file, line: place.line, column: place.column } } : {}),
  }));
}

/** Counts viewers now, before a reload disconnects some of them. */
export function cutCounter(daemon: DaemonView): (nodes: readonly string[]) => number {
  const viewers = new Map(daemon.nodes().map(({ id, metrics }) => [id, metrics.viewers ?? 0]));
  return (nodes) => nodes.reduce((sum, id) => sum + (viewers.get(id) ?? 0), 0);
}

export function planFor(plan: KernelPlan, cut: (nodes: readonly string[]) => number): Plan {
  const { kept, relinked, replaced, added, removed } = plan;
  return {
    ...{ kept, relinked, replaced, added, removed, cut: cut(plan.cut), cutNodes: plan.cut },
    values: plan.values.map(({ node, path, before, after }) => ({
      path,
      ...(node === undefined ? {} : { node }),
      ...(before === undefined ? {} : { before }),
      ...(after === undefined ? {} : { after }),
    })),
  };
}

export function checkedFor(
  checked: CheckedCandidate,
  daemon: DaemonView,
  allow: (checked: CheckedCandidate) => string | undefined,
): Checked {
  const objection = checked.plan && allow(checked);
  const own: Fenced[] = objection === undefined ? [] : [{ path: '', message: objection }];
  return {
    revision: checked.revision,
    problems: checked.problems,
    fenced: [...fencedFor(checked.fenced), ...own],
    ...(checked.plan ? { plan: planFor(checked.plan, cutCounter(daemon)) } : {}),
  };
}

/** A person with a list of cameras may change only nodes of those cameras. */
export function objectionTo(
  { cameras }: Pick<Person, 'cameras'>,
  kernel: Pick<Kernel, 'nodes'>,
): (checked: CheckedCandidate) => string | undefined {
  return ({ plan, sources }) => {
    if (!cameras || !plan) return undefined;
    if (plan.values.some(({ node }) => node === undefined))
      return 'Only users without a list of cameras may change keys of the profile itself.';
    const running = new Map(kernel.nodes().map((node) => [node.id, node.cameras]));
    const camerasOf = (id: string, seen: ReadonlySet<string> = new Set()): readonly string[] => {
      const known = running.get(id) ?? [];
      const before = (sources?.get(id) ?? []).filter((one) => !seen.has(one));
      const through = before.flatMap((one) => camerasOf(one, new Set([...seen, id])));
      return [...new Set([...known, ...through, ...(before.length === 0 && known.length === 0 ? [id] : [])])];
    };
    const touched = [...plan.relinked, ...plan.replaced, ...plan.added, ...plan.removed];
    const other = touched.find((id) => camerasOf(id).some((camera) => !maySee({ cameras }, camera)));
    return other === undefined
      ? undefined
      : `"${other}" is not of one of your cameras alone; somebody without a list of cameras must change it.`;
  };
}

const CODES: Readonly<Record<Extract<AppliedCandidate, { ok: false }>['reason'], ErrorCode>> = {
  stale: 'stale',
  fenced: 'fenced',
  invalid: 'invalid',
  'read-only': 'read-only',
  failed: 'failed',
  'not-applied': 'not-applied',
  refused: 'forbidden',
};

export interface Applying {
  readonly kernel: Kernel;
  readonly log: Log;
  readonly by: string;
  readonly cut: (nodes: readonly string[]) => number;
  change(): Promise<string>;
}

/** Returns the reply or throws a refusal with its details, and logs both. */
export async function applied(result: AppliedCandidate, { kernel, log, by, cut, change }: Applying): Promise<Applied> {
  if (result.ok) {
    const { replaced, added, removed, relinked } = result.plan;
    log.info('console: the profile was changed', { by, replaced, added, removed, relinked });
    return {
      revision: result.revision,
      plan: planFor(result.plan, cut),
      change: await change(),
      warnings: result.problems.filter(({ severity }) => severity === 'warning'),
    };
  }
  const { reason, message, fenced, problems } = result;
  log.warn('console: a change of the profile was refused', { by, reason, why: message });
  throw refuse(CODES[reason], message, {
    ...(fenced.length > 0 ? { fenced: fencedFor(fenced) } : {}),
    ...(problems.length > 0 ? { problems: problems as Problem[] } : {}),
    ...(reason === 'stale' ? { stale: textsFor(kernel, await kernel.texts()) } : {}),
  });
}
