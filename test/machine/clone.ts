// `npm run test:clone`: the README's first lines in a fresh clone with npm 10 and 11, three times each, one interrupted. Needs the registry.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { firstPicture, openWorkshop, type Running, run } from './tool.ts';

t.setTimeout(1_800_000);

const workshop = openWorkshop();
t.teardown(workshop.remove);

/** The commands under "Try it". */
const [install = '', start = ''] = (
  /## Try it[\s\S]*?```sh\n(.*?)```/s.exec(readFileSync('README.md', 'utf8'))?.[1] ?? ''
)
  .trim()
  .split('\n');
const ROUNDS = Number(process.env.CAMD_ROUNDS ?? 3);
/** Another port than the README's, which may be in use on this machine. */
const PORT = ['--', '--set', 'pipeline.web.listen=127.0.0.1:0', '--log-format', 'json'];

/** Limit of the packages that the README's first command installs; `npm test` installs those for tests. */
const MOST_PACKAGES = 180;

const seconds = (since: number): string => `${((performance.now() - since) / 1000).toFixed(1)} s`;

t.equal(install, 'npm ci');
t.equal(start, 'npm start');

for (const version of ['10', '11']) {
  t.test(`npm ${version}: from the clone to a picture, without a warning, also after an interruption`, async (t) => {
    const path = workshop.pathWith(workshop.install('npm', version));
    // `npm run -s` would also silence the npm of the clone.
    const env = { ...process.env, PATH: path, NODE_OPTIONS: '', npm_config_loglevel: 'notice' };
    for (let round = 1; round <= ROUNDS; round++) {
      const clone = mkdtempSync(join(workshop.folder, 'clone-'));
      const began = performance.now();
      execFileSync('git', ['clone', '--quiet', '--no-hardlinks', process.cwd(), clone]);

      const installing = run(install.split(' '), clone, env);
      t.equal(await installing.ended, 0, installing.text());
      const installed = seconds(began);
      t.notMatch(ofProject(installing.text()), /warn|deprecated/i, 'npm ci prints no warning');
      const added = Number(/added (\d+) packages/.exec(installing.text())?.[1]);
      t.ok(added > 0 && added <= MOST_PACKAGES, `${added} packages, at most ${MOST_PACKAGES}`);

      let camd = run([...start.split(' '), ...PORT], clone, env);
      const picture = await firstPicture(camd);
      t.comment(
        `npm ${version}, round ${round}: installed ${installed}, picture ${seconds(began)}, load ${loadavg()[0]}`,
      );
      t.equal(picture.readUInt16BE(0), 0xffd8, 'a JPEG');

      if (round === 1) {
        await interrupted(camd, clone, env);
        camd = run([...start.split(' '), ...PORT], clone, env);
        t.ok((await firstPicture(camd)).length > 0, 'it starts again after Ctrl-C');
        await tools(t, clone, env);
      }
      camd.interrupt();
      await camd.ended;
      rmSync(clone, { recursive: true });
    }
  });
}

/** Removes npm's messages about the configuration of this machine. */
const ofProject = (text: string): string => text.replace(/^npm warn Unknown (env|user) config .*$/gm, '');

/** A script that needs the tools of the tests installs them, once and without a warning. */
async function tools(t: Test, clone: string, env: NodeJS.ProcessEnv): Promise<void> {
  const began = performance.now();
  const generating = run(['npm', 'run', 'generate', '--', '--check'], clone, env);
  t.equal(await generating.ended, 0, generating.text());
  t.match(generating.text(), 'Installing the tools for tests and checks');
  t.notMatch(ofProject(generating.text()), /warn|deprecated/i);
  t.comment(`tools installed and used in ${seconds(began)}`);
  const again = run(['npm', 'run', 'generate', '--', '--check'], clone, env);
  t.equal(await again.ended, 0, again.text());
  t.notMatch(again.text(), 'Installing');
}

/** Ctrl-C during a run, and then the other commands of the README; none of them builds or installs. */
async function interrupted(camd: Running, clone: string, env: NodeJS.ProcessEnv): Promise<void> {
  camd.interrupt();
  await camd.ended;
  const built = statSync(join(clone, 'dist/camd.mjs')).mtimeMs;
  const validating = run(['./camd', 'validate', 'configs/demo.yaml'], clone, env);
  setTimeout(() => validating.interrupt(), 50);
  await validating.ended;
  for (const [argv, code] of [
    [['validate', 'configs/demo.yaml'], 0],
    [['new'], 0],
    [['plugins'], 0],
    [['status', '--socket', 'none.sock'], 69],
  ] as const) {
    const command = run(['./camd', ...argv], clone, env);
    t.equal(await command.ended, code, `./camd ${argv.join(' ')}\n${command.text().slice(-300)}`);
  }
  t.equal(statSync(join(clone, 'dist/camd.mjs')).mtimeMs, built, 'nothing was built again');
}
