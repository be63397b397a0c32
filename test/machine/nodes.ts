// `npm run test:nodes`: the built bundle on the Node versions that camd supports, from the registry: start, picture, reload, stop.

import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { until } from '../support/until.ts';
import { firstPicture, openWorkshop, run } from './tool.ts';

t.setTimeout(900_000);

const VERSIONS = ['20.19', '22', '24'];
const BUNDLE = 'dist/camd.mjs';

const workshop = openWorkshop();
t.teardown(workshop.remove);

for (const version of VERSIONS) {
  t.test(`Node ${version}: the bundle validates, serves a picture, reloads and stops`, async (t) => {
    const node = workshop.install('node', version);
    const home = mkdtempSync(join(workshop.folder, 'home-'));
    const env = { PATH: process.env.PATH, HOME: home };
    const camd = (...argv: string[]) => run([node, BUNDLE, ...argv], process.cwd(), env);
    const outputOf = async (...argv: string[]): Promise<string> => {
      const command = camd(...argv);
      t.equal(await command.ended, 0, `${argv.join(' ')}\n${command.text().slice(-500)}`);
      t.notMatch(command.text(), /Warning/, 'Node prints no warning');
      return command.text();
    };
    const exact = run([node, '--version'], home, env);
    await exact.ended;
    t.match(exact.text(), `v${version}.`);
    t.comment(exact.text().trim());
    const profile = join(home, 'demo.yaml');
    const text = (await outputOf('print', 'configs/demo.yaml', '--set', 'pipeline.web.listen=127.0.0.1:0')).replace(
      /^# .*\n/,
      '',
    );
    writeFileSync(profile, text);

    t.match(await outputOf('validate', profile), /: valid, \d+ nodes\n/);
    t.match(await outputOf('plugins', 'http/viewer'), 'http/viewer');
    const daemon = camd('--config', profile, '--log-format', 'json');
    t.equal((await firstPicture(daemon)).readUInt16BE(0), 0xffd8, 'a JPEG');
    t.match(await outputOf('status', '--config', profile), /^viewer +http\/viewer +running/m);
    writeFileSync(profile, text.replace('fps: 10', 'fps: 5'));
    t.match(await outputOf('reload', '--config', profile), /fps: 10 -> 5/);
    daemon.interrupt();
    t.equal(await daemon.ended, 0);
    t.notMatch(daemon.text(), /Warning/);
    await until(() => daemon.text().includes('camd has stopped'), 'its last line');
  });
}
