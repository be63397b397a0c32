// http/console: the profile as text, validated, planned, applied and undone, without secrets.

import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { ApiError } from '../../../../plugins/http/console/api/session.ts';
import type {
  Applied,
  ChangeDetail,
  ChangeLine,
  Checked,
  NodeDetail,
  ProfileTexts,
} from '../../../../plugins/http/console/api.ts';
import { MAX_CHANGES } from '../../../../plugins/http/console/changes.ts';
import { type Answer, type Asking, consoleAt, logIn } from '../../../support/console.ts';
import { dedent } from '../../../support/dedent.ts';
import { type Ending, type Running, run } from '../../../support/harness.ts';

const PASSWORD = 'correct horse';
const SECRET = 'sesame-open-42';

export const PROFILE = dedent`
  camd: 1
  control: false
  vars: { pause: 10s }
  pipeline:
    # by the door
    camera: { use: source/test-pattern, fps: 5 }   # old
    latest: { use: cache/latest, from: camera, stale_after: "\${var:pause}" }
    web: { use: http/server, listen: 127.0.0.1:0, auth: { basic: { users: { guest: ${SECRET} } }, public: ['/*'] } }
    stream: { use: http/stream, on: web, path: /stream.mjpg, from: latest }
    console:
      use: http/console
      listen: 127.0.0.1:0
      edit: true
      users:
        anna: { password: ${PASSWORD}, role: edit }
`;

interface Site {
  readonly camd: Running;
  readonly file: string;
  ask<T = unknown>(path: string, asking?: Asking): Promise<Answer<T>>;
  texts(): Promise<ProfileTexts>;
  /** The text of the profile in the browser, changed. */
  candidate(change: (text: string) => string): Promise<{ revision: string; body: unknown }>;
  check(change: (text: string) => string): Promise<Answer<Checked>>;
  apply(change: (text: string) => string): Promise<Answer<Applied & ApiError>>;
}

async function site(t: Ending, yaml = PROFILE): Promise<Site> {
  const camd = await run(t, yaml);
  const ask = await logIn(await consoleAt(camd), 'anna', PASSWORD);
  const texts = async (): Promise<ProfileTexts> => (await ask<ProfileTexts>('/api/profile')).json;
  const candidate = async (change: (text: string) => string) => {
    const { revision, files } = await texts();
    const [file] = files;
    return { revision, body: { files: [{ path: file?.path, text: change(file?.text ?? '') }] } };
  };
  return {
    camd,
    file: join(camd.folder, 'profile.yaml'),
    ask,
    texts,
    candidate,
    async check(change) {
      return ask<Checked>('/api/profile/check', { body: (await candidate(change)).body });
    },
    async apply(change) {
      const { revision, body } = await candidate(change);
      return ask<Applied & ApiError>('/api/profile/apply', { body, headers: { 'if-match': `"${revision}"` } });
    },
  };
}

const slower = (text: string): string => text.replace('fps: 5', 'fps: 2');

t.test('the texts are sent without secrets, and accepted with their tokens', async (t) => {
  const { apply, texts, file } = await site(t);

  const { files } = await texts();
  t.notMatch(JSON.stringify(files), new RegExp(`${SECRET}|${PASSWORD}`));

  const { status } = await apply(slower);

  t.equal(status, 200);
  t.equal(readFileSync(file, 'utf8'), slower(PROFILE));
});

t.test('the plan lists for each node the effect of the reload, with old and new values', async (t) => {
  const { check, apply, camd } = await site(t);

  const plan = (await check(slower)).json.plan;
  const done = (await apply(slower)).json.plan;

  t.strictSame(plan?.replaced, ['camera']);
  t.strictSame(plan?.values, [{ path: 'fps', node: 'camera', before: '5', after: '2' }]);
  t.equal(plan?.cut, 0);
  t.strictSame(done, plan);
  t.equal(camd.daemon.profile?.nodes.get('camera')?.options.fps, 2);
});

t.test('an error has its place in the text with tokens', async (t) => {
  const { check, texts } = await site(t);
  const wrong = (text: string): string => text.replace("public: ['/*']", "publik: ['/*']");

  const { problems, plan } = (await check(wrong)).json;

  const [problem] = problems;
  const text = wrong((await texts()).files[0]?.text ?? '');
  const line = text.split('\n')[(problem?.place.line ?? 1) - 1] ?? '';
  t.equal(line.slice((problem?.place.column ?? 1) - 1).slice(0, problem?.place.length), 'publik');
  t.notOk(plan);
});

t.test('a file that has changed meanwhile gives 412 with the current text', async (t) => {
  const { candidate, ask, file } = await site(t);
  const { revision, body } = await candidate(slower);
  writeFileSync(file, PROFILE.replace('by the door', 'by the window'));

  const { status, json } = await ask<ApiError>('/api/profile/apply', {
    body,
    headers: { 'if-match': `"${revision}"` },
  });

  t.equal(status, 412);
  t.match(json.stale?.files[0]?.text, /by the window/);
  t.match(readFileSync(file, 'utf8'), /fps: 5/);
  t.equal((await ask('/api/profile/apply', { body })).status, 400);
});

t.test('a secret stays at its place: moved and unknown tokens and foreign files are refused', async (t) => {
  const { apply, texts, file } = await site(t);
  const token = /__secret_\w{16}__/.exec((await texts()).files[0]?.text ?? '')?.[0] ?? '';
  t.not(token, '');

  for (const change of [
    (text: string) => text.replace('path: /stream.mjpg', `path: /${token}`),
    (text: string) => text.replace('# old', `# ${token}`),
    (text: string) => text.replace('# old', '# __secret_AAAAAAAAAAAAAAAA__'),
    (text: string) => text.replace('pause: 10s', `pause: ${token}`),
  ]) {
    const { status, json } = await apply(change);
    t.equal(status, 403, json.message);
  }
  t.equal(readFileSync(file, 'utf8'), PROFILE);
});

t.test('a text with an error is not saved, and the profile stays unchanged', async (t) => {
  const { apply, file, camd } = await site(t);
  const before = camd.daemon.view.nodes().map(({ id, restarts }) => ({ id, restarts }));

  const { status, json } = await apply((text) => text.replace('fps: 5', 'fps: five'));

  t.equal(status, 422);
  t.equal(json.code, 'invalid');
  t.equal(readFileSync(file, 'utf8'), PROFILE);
  t.strictSame(
    camd.daemon.view.nodes().map(({ id, restarts }) => ({ id, restarts })),
    before,
  );
});

t.test('every reload is stored as a change with user, summary and texts; undoing it restores every byte', async (t) => {
  const { apply, ask, camd, file, texts } = await site(t);
  const { change } = (await apply(slower)).json;
  await camd.reload(slower(PROFILE).replace('stale_after', 'max_cameras: 7, stale_after'));

  const list = (await ask<ChangeLine[]>('/api/changes')).json;
  const detail = (await ask<ChangeDetail>(`/api/changes/${change}`)).json;

  t.match(list, [
    { by: 'camd', ok: true, undo: true, files: ['profile.yaml'] },
    { id: change, by: /^anna from /, ok: true, summary: /1 replaced/ },
  ]);
  t.match(detail.texts, [{ name: 'profile.yaml', before: /fps: 5/, after: /fps: 2/ }]);
  t.match(detail.plan, { replaced: ['camera'] });
  t.notMatch(JSON.stringify(detail), new RegExp(`${SECRET}|${PASSWORD}`));

  const preview = (await ask<Checked>(`/api/changes/${change}/undo`, { body: { preview: true } })).json;
  t.strictSame(preview.plan?.replaced, ['camera', 'latest']);
  const { revision } = await texts();
  const undone = await ask<Applied>(`/api/changes/${change}/undo`, {
    body: { preview: false },
    headers: { 'if-match': `"${revision}"` },
  });
  t.equal(undone.status, 200, undone.text);
  t.equal(readFileSync(file, 'utf8'), PROFILE);
});

t.test(`the last ${MAX_CHANGES} changes are kept, readable only by camd’s user, and survive a restart`, async (t) => {
  const { apply, ask, camd } = await site(t);

  for (let fps = 6; fps < 8 + MAX_CHANGES; fps++) await apply((text) => text.replace(/fps: \d+/, `fps: ${fps}`));

  const list = (await ask<ChangeLine[]>('/api/changes')).json;
  t.equal(list.length, MAX_CHANGES);
  const kept = join(camd.folder, 'state', 'changes', 'console', `${list[0]?.id}.json`);
  t.equal(statSync(kept).mode & 0o777, 0o600);
});

t.test('options have the file and line of their origin, and secrets are masked', async (t) => {
  const { ask } = await site(t);

  const latest = (await ask<NodeDetail>('/api/nodes/latest')).json;
  const web = (await ask<NodeDetail>('/api/nodes/web')).json;

  const stale = latest.options.find(({ path }) => path === 'stale_after');
  t.match(stale, { value: '10s', written: '${var:pause}', isDefault: false, place: { line: 7 } });
  t.match(
    latest.options.find(({ path }) => path === 'max_cameras'),
    { isDefault: true },
  );
  t.match(
    web.options.find(({ path }) => path === 'auth.basic.users.guest'),
    { value: '***', secret: true },
  );
});
