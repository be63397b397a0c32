// The npm package as users install it: globally, without scripts, and without every optional package.

import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { firstPicture, run } from './tool.ts';

const seconds = (since: number): string => `${((performance.now() - since) / 1000).toFixed(1)} s`;

/** `dist` must have been built. Needs the registry. */
export async function npmPackageTests(t: Test, folder: string): Promise<void> {
  const packed = mkdtempSync(join(folder, 'packed-'));
  execFileSync('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', packed], { stdio: 'ignore' });
  const [name = ''] = readdirSync(packed);
  const { optionalDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as { optionalDependencies: object };

  // npm 11 omits nothing from a global installation, so the second one has a separate folder.
  const kinds = [
    {
      where: ['--global'],
      modules: 'lib/node_modules/camd/node_modules',
      own: 'lib/node_modules/camd',
      bin: 'bin/camd',
    },
    { where: ['--omit=optional'], modules: 'node_modules', own: 'node_modules/camd', bin: 'node_modules/.bin/camd' },
  ] as const;
  for (const { where, modules, own, bin } of kinds) {
    const title = ['npm install', ...where].join(' ');
    await t.test(`${title}: no script, no build, and camd serves a picture`, async (t) => {
      const prefix = mkdtempSync(join(folder, 'prefix-'));
      // npm creates a cache and a log in the home folder.
      const home = join(prefix, 'home');
      mkdirSync(home);
      const began = performance.now();
      const argv = ['install', ...where, '--prefix', prefix, '--no-audit', '--no-fund', '--foreground-scripts'];
      const output = execFileSync('npm', [...argv, join(packed, name)], { encoding: 'utf8' });
      t.comment(`${title}: ${seconds(began)}`);
      t.notMatch(output, /^> /m, 'npm prints each script that it runs');
      const installed = readdirSync(join(prefix, modules));
      for (const optional of Object.keys(optionalDependencies)) {
        t.equal(installed.includes(optional), where[0] === '--global', optional);
      }
      t.notOk(installed.includes('esbuild'), 'nothing to build with');

      const profile = join(home, 'camd.yaml');
      cpSync(join(prefix, own, 'configs/demo.yaml'), profile);
      const command = [join(prefix, bin), '--config', profile, '--set', 'pipeline.web.listen=127.0.0.1:0'];
      const camd = run([...command, '--log-format', 'json'], home, { PATH: process.env.PATH, HOME: home });
      t.equal((await firstPicture(camd)).readUInt16BE(0), 0xffd8, 'a JPEG');
      t.comment(`from npm install to the first picture: ${seconds(began)}`);
      camd.interrupt();
      t.equal(await camd.ended, 0, camd.text());
    });
  }
}
