// Checks a candidate for the texts of the profile: problems, fenced changes and the plan; and applies it.

import type {
  AppliedCandidate,
  ApplyOptions,
  CandidateTexts,
  CheckedCandidate,
  Fenced,
} from '../../../core/contract/kernel.ts';
import type { Place, Problem } from '../../../core/contract/problems.ts';
import type { EditingContext } from '../../../core/daemon/editing.ts';
import type { Profile } from '../../../core/profile/profile.ts';
import { type Committer, revisionOf, type Texts, textsOf } from './commit.ts';
import { fenced, type ReadProfile } from './power/fence.ts';
import { unreadable } from './power/unread.ts';
import { shownPlace } from './shown-place.ts';
import type { Tokens } from './tokens.ts';

export interface CandidateOptions
  extends Pick<EditingContext, 'running' | 'preview' | 'plan' | 'reload' | 'stateFolder'> {
  readonly committer: Committer;
  readonly tokens: Tokens;
}

export interface Candidates {
  check(texts: CandidateTexts): Promise<CheckedCandidate>;
  apply(texts: CandidateTexts, options: ApplyOptions): Promise<AppliedCandidate>;
  checkKept(texts: Texts): Promise<CheckedCandidate>;
  applyKept(texts: Texts, options: ApplyOptions): Promise<AppliedCandidate>;
  /** The texts with tokens. */
  shown(texts: Texts): Promise<Texts>;
}

/** The texts on the disk, and the new ones. */
interface Change {
  readonly before: Texts;
  readonly after: Texts;
  /** `after` with tokens, for places of problems. */
  readonly shown: Texts;
}

export function createCandidates(options: CandidateOptions): Candidates {
  const { tokens, preview } = options;
  const running = (): Profile => {
    const now = options.running();
    if (!now) throw new Error('no profile runs');
    return now.profile;
  };

  const shown = async (texts: Texts): Promise<Texts> => {
    const { secrets } = await preview(texts);
    return new Map([...texts].map(([path, text]) => [path, tokens.conceal(path, text, secrets)]));
  };

  /** Returns a message if a token was moved, or a file does not belong to the profile. */
  const reveal = async (texts: CandidateTexts): Promise<Change | string> => {
    const before = await textsOf(running());
    const given = await shown(before);
    const after = new Map(before);
    const concealed = new Map(given);
    for (const [path, text] of texts) {
      if (!before.has(path)) return `${path} is not a file of the running profile.`;
      const revealed = tokens.reveal(text, given.get(path) ?? '');
      if (!revealed.ok) return revealed.message;
      after.set(path, revealed.text);
      concealed.set(path, text);
    }
    return { before, after, shown: concealed };
  };
  const keptChange = async (texts: Texts): Promise<Change | string> => {
    const before = await textsOf(running());
    const unknown = [...texts.keys()].find((path) => !before.has(path));
    if (unknown !== undefined) return `${unknown} is no longer a file of the running profile.`;
    const after = new Map([...before, ...texts]);
    return { before, after, shown: await shown(after) };
  };

  const evaluate = async ({ before, after, shown }: Change): Promise<CheckedCandidate> => {
    const revision = revisionOf(before);
    const early = unreadable(before, after);
    if (early.length > 0) return { revision, problems: [], fenced: moveFenced(early, after, shown) };
    const old = await preview(before);
    const next = await preview(after);
    const problems = next.problems.map((problem) => moveProblem(problem, after, shown));
    if (!next.profile) return { revision, problems, fenced: [] };
    const plan = options.plan({ ...next, profile: next.profile });
    const candidate: ReadProfile = { reading: next, profile: next.profile };
    const found = old.profile
      ? fenced({ reading: old, profile: old.profile }, candidate, options.stateFolder)
      : [BROKEN];
    return { revision, problems, fenced: moveFenced(found, after, shown), plan, sources: sourcesOf(next.profile) };
  };

  const applyNow = async (change: Change | string, how: ApplyOptions): Promise<AppliedCandidate> => {
    if (typeof change === 'string') return refused('refused', change);
    const { before, after } = change;
    if (revisionOf(before) !== how.revision)
      return refused('stale', 'A file of the profile has changed since it was loaded.');
    const checked = await evaluate(change);
    const [first] = checked.fenced;
    if (first) return { ...refused('fenced', first.message), fenced: checked.fenced };
    if (!checked.plan) {
      const errors = checked.problems.filter(({ severity }) => severity === 'error');
      const message = errors[0]?.message ?? 'The profile would be invalid.';
      return { ...refused('invalid', message), problems: checked.problems };
    }
    const denial = how.allow?.(checked);
    if (denial !== undefined) return refused('refused', denial);
    const committed = await options.committer.commit(before, after, () => options.reload(how.by));
    if (!committed.ok) return refused(committed.reason, committed.message);
    const plan = committed.reload.plan ?? checked.plan;
    return { ok: true, revision: revisionOf(after), plan, problems: checked.problems };
  };
  const apply = (change: () => Promise<Change | string>, how: ApplyOptions): Promise<AppliedCandidate> => {
    const result = options.committer.alone(async () => applyNow(await change(), how));
    if (!result) return Promise.resolve(refused('failed', 'Too many changes at once; try again.'));
    return result.catch((thrown: unknown) =>
      refused('failed', thrown instanceof Error ? thrown.message : String(thrown)),
    );
  };
  const check = async (change: Change | string): Promise<CheckedCandidate> => {
    if (typeof change !== 'string') return evaluate(change);
    return { revision: revisionOf(await textsOf(running())), problems: [], fenced: [{ path: '', message: change }] };
  };

  return {
    check: async (texts) => check(await reveal(texts)),
    apply: (texts, how) => apply(() => reveal(texts), how),
    checkKept: async (texts) => check(await keptChange(texts)),
    applyKept: (texts, how) => apply(() => keptChange(texts), how),
    shown,
  };
}

const BROKEN: Fenced = {
  path: '',
  message:
    'The files on the disk are not valid, so that changes cannot be compared with them; correct them on this machine first.',
};

const refused = (
  reason: Extract<AppliedCandidate, { ok: false }>['reason'],
  message: string,
): Extract<AppliedCandidate, { ok: false }> => ({ ok: false, reason, message, fenced: [], problems: [] });

const sourcesOf = ({ nodes }: Profile): ReadonlyMap<string, readonly string[]> =>
  new Map(
    [...nodes].map(([id, { references }]) => [
      id,
      references.flatMap(({ to, delivery, ports }) =>
        delivery === undefined && !ports.includes('stills') && !ports.includes('store') ? [] : to,
      ),
    ]),
  );

/** Tokens and their secrets differ in length. */
const moved = (place: Place, plain: Texts, shown: Texts): Place =>
  shownPlace(place, plain.get(place.file) ?? '', shown.get(place.file) ?? '');

const moveProblem = (problem: Problem, plain: Texts, shown: Texts): Problem => ({
  ...problem,
  place: moved(problem.place, plain, shown),
  ...(problem.related ? { related: moved(problem.related, plain, shown) } : {}),
});

const moveFenced = (found: readonly Fenced[], plain: Texts, shown: Texts): Fenced[] =>
  found.map((fence) => (fence.place ? { ...fence, place: moved(fence.place, plain, shown) } : fence));
