// Candidates for the texts of a profile: compared with the files on the disk, checked, and applied to them.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { Catalog } from '../../../../core/catalog/catalog.ts';
import type { AppliedCandidate, ApplyOptions } from '../../../../core/contract/kernel.ts';
import { readProfile } from '../../../../core/profile/read.ts';
import { type CandidateOptions, createCandidates } from '../../../../plugins/kit/editing/candidate.ts';
import { createCommitter, MAX_WAITING_CHANGES, revisionOf, textsOf } from '../../../../plugins/kit/editing/commit.ts';
import { createTokens } from '../../../../plugins/kit/editing/tokens.ts';
import { folderWith } from '../../../support/cli.ts';
import { testCatalog } from '../../../support/reading.ts';

const MAIN = [
  'camd: 1',
  'include: base.yaml',
  'pipeline:',
  '  cam: { use: source/feed, connect: "a:1", token: sesame-one, timeout: 5s }',
  '  keep: { use: cache/keep, from: [cam, base] }',
  '',
].join('\n');
const BASE = 'camd: 1\npipeline:\n  base: { use: source/feed, connect: "a:2" }\n';

/** Changing the timeout is not fenced. */
function catalogOf(): Catalog {
  const catalog = testCatalog();
  const feed = catalog.schema('source/feed');
  if (!feed?.properties?.timeout) throw new Error('the plugin has a time-out');
  const free = { ...feed, properties: { ...feed.properties, timeout: { ...feed.properties.timeout, power: 'none' } } };
  return { ...catalog, schema: (use) => (use === 'source/feed' ? (free as typeof feed) : catalog.schema(use)) };
}

const NOTHING = { restarted: [], started: [], stopped: [] };

/** Two files on the disk, and their profile in the daemon. */
async function started(t: Test, more: Partial<CandidateOptions> = {}) {
  const folder = folderWith(t, { 'main.yaml': MAIN, 'base.yaml': BASE });
  const [main, base] = [join(folder, 'main.yaml'), join(folder, 'base.yaml')];
  const catalog = catalogOf();
  const preview: CandidateOptions['preview'] = (texts) =>
    readProfile(main, {
      env: {},
      catalog,
      readFile: async (path) => texts.get(path) ?? readFileSync(path, 'utf8'),
    });
  const { profile } = await preview(new Map());
  if (!profile) throw new Error('the profile is good');
  const reloads: string[] = [];
  const options = {
    running: () => ({ profile, catalog }),
    preview,
    plan: () => NOTHING,
    reload: async (by: string) => {
      reloads.push(by);
      return { ok: true };
    },
    stateFolder: join(folder, 'state'),
    committer: createCommitter(),
    tokens: createTokens(),
    ...more,
  } as unknown as CandidateOptions;
  const candidates = createCandidates(options);
  const revision = async (): Promise<string> => revisionOf(await textsOf(profile));
  const how = async (given: Partial<ApplyOptions> = {}): Promise<ApplyOptions> => ({
    revision: await revision(),
    by: 'a test',
    ...given,
  });
  const onDisk = () => [readFileSync(main, 'utf8'), readFileSync(base, 'utf8')];
  return { candidates, profile, main, base, revision, how, onDisk, reloads, preview };
}

const why = (applied: AppliedCandidate): string => (applied.ok ? 'done' : `${applied.reason}: ${applied.message}`);
const LATER = MAIN.replace('5s', '6s');

t.test('a candidate of the newest texts is written and loaded, even with warnings', async (t) => {
  const { candidates, main, how, revision, onDisk, reloads } = await started(t);

  const applied = await candidates.apply(new Map([[main, LATER]]), await how());

  t.same(applied, { ok: true, revision: await revision(), plan: NOTHING, problems: applied.problems });
  t.same(
    applied.problems.map(({ severity, place }) => `${place.line} ${severity}`),
    ['4 warning', '5 warning'],
  );
  t.same(onDisk(), [LATER, BASE]);
  t.same(reloads, ['a test']);
});

t.test('a candidate of older texts is stale, and nothing is written', async (t) => {
  const { candidates, main, base, how, onDisk, reloads } = await started(t);
  const old = await how();
  writeFileSync(base, `${BASE}# theirs\n`);

  t.equal(
    why(await candidates.apply(new Map([[main, LATER]]), old)),
    'stale: A file of the profile has changed since it was loaded.',
  );
  t.same(onDisk(), [MAIN, `${BASE}# theirs\n`]);
  t.same(reloads, []);
});

t.test('an inadmissible candidate is reported before anything is written', async (t) => {
  const { candidates, main, how, onDisk, reloads } = await started(t);
  const apply = async (text: string, given: Partial<ApplyOptions> = {}, file = main) =>
    why(await candidates.apply(new Map([[file, text]]), await how(given)));

  t.match(await apply(LATER.replace('6s', 'soon')), /^invalid: .*soon/);
  t.match(await apply(MAIN.replace('base.yaml', 'other.yaml')), /^fenced: "include" makes camd read other files/);
  t.match(await apply(MAIN.replace('sesame-one', 'sesame-two')), /^fenced: "token" of "cam" gives power/);
  t.equal(await apply(LATER, { allow: () => 'Not now.' }), 'refused: Not now.');
  t.equal(await apply(LATER, {}, '/etc/passwd'), 'refused: /etc/passwd is not a file of the running profile.');
  t.match(
    await apply(LATER.replace('sesame-one', '__secret_0123456789abcdef__')),
    /^refused: A token of a secret is no longer valid/,
  );
  t.same(onDisk(), [MAIN, BASE]);
  t.same(reloads, []);
});

t.test('the approval callback receives the plan and the sources of frames of each node', async (t) => {
  const { candidates, main, how } = await started(t);
  const seen: unknown[] = [];

  const applied = await candidates.apply(
    new Map([[main, LATER]]),
    await how({
      allow({ plan, sources, fenced }) {
        seen.push(plan, [...(sources ?? [])], fenced);
        return undefined;
      },
    }),
  );

  t.equal(why(applied), 'done');
  t.same(seen, [
    NOTHING,
    [
      ['base', []],
      ['cam', []],
      ['keep', ['cam', 'base']],
    ],
    [],
  ]);
});

t.test('a node also takes frames through stills, and none from its server', async (t) => {
  const { candidates, main, revision } = await started(t);
  const page = '  web: { use: http/front }\n  page: { use: http/page, on: web, from: keep, path: /p }\n';

  const checked = await candidates.check(new Map([[main, `${MAIN}${page}`]]));

  t.same(checked.plan, NOTHING);
  t.same(checked.sources?.get('page'), ['keep']);
  t.equal(checked.revision, await revision());
});

t.test('problems and fenced options have their places in the text with tokens', async (t) => {
  const { candidates, main, base } = await started(t);
  const texts = new Map([
    [main, MAIN],
    [base, BASE],
  ]);
  const shown = (await candidates.shown(texts)).get(main) ?? '';
  t.notMatch(shown, 'sesame');
  const wrong = shown.replace('5s', 'soon');
  const strange = shown.replace('"a:1"', '"a:1", argv: ["${env:NEW}"]').replace('5s', '5s, mode: "${env:NEWER}"');
  const columns = (text: string, part: string) => (text.split('\n')[3] ?? '').indexOf(part) + 1;

  const { problems, plan } = await candidates.check(new Map([[main, wrong]]));
  const { fenced } = await candidates.check(new Map([[main, strange]]));

  t.match(problems, [{ place: { file: main, line: 4, column: columns(wrong, 'soon'), length: 4 } }]);
  t.equal(plan, undefined);
  t.match(fenced, [
    { path: '${env:NEW}', place: { line: 4, column: columns(strange, '"${env:NEW}"') } },
    { path: '${env:NEWER}', place: { line: 4, column: columns(strange, '"${env:NEWER}"') } },
  ]);
});

t.test('files on the disk that are invalid by now cannot be compared', async (t) => {
  const { candidates, main } = await started(t);
  writeFileSync(main, MAIN.replace('5s', 'soon'));

  const { fenced } = await candidates.check(new Map([[main, MAIN]]));

  t.match(fenced, [{ path: '', message: /^The files on the disk are not valid/ }]);
});

t.test('kept texts are checked and restored unchanged, with their secrets', async (t) => {
  const { candidates, main, how, onDisk } = await started(t);
  const kept = new Map([[main, LATER]]);

  t.match(await candidates.checkKept(kept), { fenced: [], plan: NOTHING });
  t.equal(why(await candidates.applyKept(kept, await how())), 'done');
  t.same(onDisk(), [LATER, BASE]);

  const strange = new Map([['/gone.yaml', 'camd: 1']]);
  const message = '/gone.yaml is no longer a file of the running profile.';
  t.match(await candidates.checkKept(strange), { problems: [], fenced: [{ path: '', message }] });
  t.equal(why(await candidates.applyKept(strange, await how())), `refused: ${message}`);
});

t.test('a refused reload restores the files, and one that throws is reported', async (t) => {
  const unwilling = async (reload: () => Promise<unknown>) => {
    const { candidates, main, how, onDisk } = await started(t, { reload } as unknown as CandidateOptions);
    return [why(await candidates.apply(new Map([[main, LATER]]), await how())), onDisk()[0]];
  };

  t.same(await unwilling(async () => ({ ok: false, why: 'No lens.' })), ['not-applied: No lens.', MAIN]);
  t.match(await unwilling(() => Promise.reject(new Error('no wire'))), ['failed: no wire']);
});

t.test('the plan of the reload is reported if there is one', async (t) => {
  const own = { restarted: ['cam'], started: [], stopped: [] };
  const reload = async () => ({ ok: true, plan: own });
  const { candidates, main, how } = await started(t, { reload } as unknown as CandidateOptions);

  t.match(await candidates.apply(new Map([[main, LATER]]), await how()), { ok: true, plan: own });
});

t.test('without a profile nothing can be applied, and too many concurrent changes are refused', async (t) => {
  const idle = await started(t, { running: () => undefined });
  t.equal(why(await idle.candidates.apply(new Map(), await idle.how())), 'failed: no profile runs');

  const { candidates, main, how } = await started(t);
  const given = await how();
  const all = Array.from({ length: MAX_WAITING_CHANGES + 1 }, () => candidates.apply(new Map([[main, MAIN]]), given));

  t.equal(why(await (all.at(-1) as Promise<AppliedCandidate>)), 'failed: Too many changes at once; try again.');
  t.equal(why(await (all[0] as Promise<AppliedCandidate>)), 'done');
  await Promise.all(all);
});
