// Tests of `camd devices`, and of `camd validate` when it looks at this machine, as far as that needs no camera.

import t from 'tap';
import { camd, folderWith } from '../../../support/cli.ts';
import { dedent } from '../../../support/dedent.ts';
import { fakeCameras } from '../../../support/fake-v4l2.ts';

t.test('camd devices needs no profile, is in the help, and refuses options that it does not have', async (t) => {
  const [list, json, help, overview, wrong] = await Promise.all([
    camd(['devices']),
    camd(['devices', '--format', 'json']),
    camd(['help', 'devices']),
    camd(['--help']),
    camd(['devices', '--formt', 'json']),
  ]);

  t.equal(list.code, 0);
  t.equal(json.code, 0);
  t.ok(Array.isArray(JSON.parse(json.out)));
  t.match(help.out, 'Usage: camd devices [--format text|json]');
  t.match(overview.out, /camd devices +List the cameras of this machine/);
  t.equal(wrong.code, 64);
  t.match(wrong.err, '--formt json is not a valid option');
});

t.test('camd validate reports errors of the machine at the option; --offline skips them', async (t) => {
  const cameras = await fakeCameras(t);
  const device = cameras.plug('bench');
  const cwd = folderWith(t, {
    'p.yaml': dedent`
      camd: 1
      pipeline:
        eyes:
          use: source/v4l2
          cameras:
            left: { device: ${device}, controls: { brightness: 500, brigthness: 1 } }
            right: { device: ${cameras.folder}/bensh }
        latest: { use: cache/latest, from: eyes }
        web: { use: http/server, listen: 127.0.0.1:0 }
        snapshot: { use: http/snapshot, on: web, from: latest, path: "/{camera}.jpg" }
    `,
  });

  const looked = await camd(['validate', 'p.yaml', '--format', 'json'], { cwd });
  const offline = await camd(['validate', 'p.yaml', '--offline'], { cwd });

  t.equal(looked.code, 78);
  t.match(JSON.parse(looked.out), [
    { line: 6, code: 'wrong-value', message: 'brightness is from -64 to 64, not 500' },
    { line: 6, code: 'unknown-option', message: 'The camera has no control brigthness; did you mean brightness?' },
    { line: 7, severity: 'warning', message: `There is no device ${cameras.folder}/bensh` },
  ]);
  t.equal(offline.code, 0, offline.out);
});

t.test('errors of the profile alone are found without the machine', async (t) => {
  const cwd = folderWith(t, {
    'p.yaml': dedent`
      camd: 1
      pipeline:
        none: { use: source/v4l2 }
        twice: { use: source/v4l2, camera: x, cameras: { a: { device: 3 }, b: { device: 3, stereo: true } } }
        letters: { use: source/v4l2, device: video0 }
        formats: { use: source/v4l2, device: 4, format: H264 }
    `,
  });

  const { out, code } = await camd(['validate', 'p.yaml', '--offline'], { cwd });

  t.equal(code, 78);
  t.match(out, 'source/v4l2 needs "device", or "cameras" with one device each');
  t.match(out, 'camera names the camera of "device"');
  t.match(out, 'The cameras a and b have the same device.');
  t.match(out, 'A stereo group needs two cameras of this node');
  t.match(out, /device: "video0"/);
  t.match(out, /"H264"/);
});
