// camd init: every profile that it writes is valid, on machines with and without cameras, with and without questions.

import { chmodSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { createDialogue } from '../../../plugins/command/init/dialogue.ts';
import { chooseCameras, idOf } from '../../../plugins/command/init/facts.ts';
import { profileText } from '../../../plugins/command/init/index.ts';
import type { Camera } from '../../../plugins/command/init/kind.ts';
import { KINDS } from '../../../plugins/command/init/kinds/index.ts';
import { parseOffers } from '../../../plugins/source/v4l2/formats.ts';
import { builtinCatalog } from '../../support/catalog.ts';
import { camd, folderWith } from '../../support/cli.ts';
import { found, readText } from '../../support/reading.ts';

// v4l2-ctl 1.30 --list-formats-ext of a webcam on the driver uvcvideo.
const OFFERS = `ioctl: VIDIOC_ENUM_FMT
	Type: Video Capture

	[0]: 'YUYV' (YUYV 4:2:2)
		Size: Discrete 640x480
			Interval: Discrete 0.033s (30.000 fps)
	[1]: 'MJPG' (Motion-JPEG, compressed)
		Size: Discrete 640x480
			Interval: Discrete 0.033s (30.000 fps)
		Size: Discrete 1920x1080
			Interval: Discrete 0.033s (30.000 fps)
		Size: Discrete 3840x2160
			Interval: Discrete 0.067s (15.000 fps)
`;
const webcam = (name: string, port: number) => ({
  name,
  driver: 'uvcvideo',
  device: `/dev/v4l/by-path/usb-0:${port}:1.0-video-index0`,
  formats: parseOffers(OFFERS),
});
const USB = chooseCameras([webcam('HD Pro Webcam C920', 1), webcam('HD Pro Webcam C920', 2), webcam('Web', 3)]);
const PI: Camera = { is: 'pi', id: 'pi', name: 'imx708', index: 0, sizes: ['1536x864'] };
const SECRETS = Object.fromEntries(
  KINDS.flatMap(({ secrets }) => secrets.map(({ name }) => [name, `a-secret-of-${name}`])),
);

for (const kind of KINDS) {
  t.test(
    `${kind.name}: its profile is valid, with and without cameras, for this machine and the network`,
    async (t) => {
      const some =
        kind.cameras === 'usb'
          ? [[], USB.slice(0, 1), USB]
          : kind.cameras === 'pi'
            ? [[], [PI]]
            : [[], [PI], [...USB, PI]];
      for (const cameras of kind.cameras === undefined ? [[]] : some) {
        for (const listen of ['127.0.0.1:8123', ':8123']) {
          const text = profileText({ kind, answers: { cameras, listen, url: kind.url?.fallback ?? '' } });

          const reading = await readText(text, { catalog: builtinCatalog(), env: SECRETS });

          t.same(found(reading), [], text);
          t.ok(reading.profile);
          t.same(
            found(reading, 'warning').filter((warning) => !warning.startsWith('advice')),
            [],
          );
          for (const { id } of cameras) t.match(text, new RegExp(`\\b${id}\\b`));
        }
      }
    },
  );
}

t.test('a camera is used with its largest compressed picture up to full HD, under a unique name', (t) => {
  t.match(USB, [
    { id: 'hd-pro-webcam-c920', size: '1920x1080', format: 'MJPG', sizes: ['640x480', '1920x1080', '3840x2160'] },
    { id: 'hd-pro-webcam-c920-2' },
    { id: 'web-2' },
  ]);
  t.equal(idOf('…', new Set()), 'camera');
  t.same(chooseCameras([{ name: 'x', driver: 'uvcvideo', device: '/dev/video9', formats: [] }]), []);
  t.same(chooseCameras([{ ...webcam('unicam', 1), driver: 'unicam' }]), [], 'libcamera provides it');
  t.end();
});

t.test('in a script it asks no question, writes a valid file, and replaces a file only with --force', async (t) => {
  const folder = folderWith(t, {});
  const world = { cwd: folder, env: { PATH: process.env.PATH } };

  const first = await camd(['init', '--kind', 'usb', '--camera', '/dev/video0', '-o', 'mine.yaml'], world);
  const again = await camd(['init', '--kind', 'pi', '-o', 'mine.yaml'], world);
  const kept = readFileSync(join(folder, 'mine.yaml'), 'utf8');
  const forced = await camd(['init', '--kind', 'pi', '-o', 'mine.yaml', '--force'], world);

  t.match(first, {
    code: 0,
    err: '',
    out: /^mine\.yaml written: .*; camera\.\n[\s\S]*\nRun it: camd --config mine\.yaml\n$/,
  });
  t.match(kept, /device: \/dev\/video0/);
  t.match(again, { code: 64, out: '', err: /mine\.yaml exists already and was not changed/ });
  t.equal(forced.code, 0);
  t.notMatch(readFileSync(join(folder, 'mine.yaml'), 'utf8'), /video0/);
  t.same(readdirSync(folder), ['mine.yaml']);
  t.match(await camd(['validate', '--offline', 'mine.yaml'], world), { code: 0 });
});

t.test('a used port is skipped, and wrong options are refused before anything is written', async (t) => {
  const holder = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => holder.once('listening', resolve));
  t.teardown(() => void holder.close());
  const address = holder.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  const folder = folderWith(t, {});
  const world = { cwd: folder, env: { PATH: process.env.PATH } };

  const { out } = await camd(['init', '--kind', 'usb', '--port', String(port)], world);

  t.notMatch(readFileSync(join(folder, 'camd.yaml'), 'utf8'), `127.0.0.1:${port}'`);
  t.match(out, new RegExp(`because port ${port} is taken`));
  for (const [argv, err] of [
    [['--port', 'x'], /--port must be a number/],
    [['--kind', 'webcam'], /--kind takes usb, pi/],
    [['--kind', 'usb', '--url', 'http://x'], /has no URL; leave out --url/],
    [['--kind', 'printer', '--url', 'nonsense'], /"nonsense" is not a URL such as/],
    [['--kind', 'printer', '--url', 'http://a:b@c'], /Leave out .* password/],
  ] as const) {
    t.match(await camd(['init', '-o', 'other.yaml', ...argv], world), { code: 64, err });
  }
  t.notOk(existsSync(join(folder, 'other.yaml')));
});

t.test(
  'on a Raspberry Pi it finds the camera that rpicam-hello lists, and reports the secrets that are not set',
  async (t) => {
    const folder = folderWith(t, {
      'rpicam-hello': `#!/bin/sh
cat <<'END'
Available cameras
-----------------
0 : imx219 [3280x2464 10-bit RGGB] (/base/soc/i2c0mux/i2c@1/imx219@10)
    Modes: 'SRGGB10_CSI2P' : 640x480 [103.33 fps - (1000, 752)/1280x960 crop]
                             3280x2464 [21.19 fps - (0, 0)/3280x2464 crop]
END
`,
    });
    chmodSync(join(folder, 'rpicam-hello'), 0o755);
    const before = process.env.PATH;
    process.env.PATH = `${folder}:/usr/bin:/bin`;
    t.teardown(() => {
      process.env.PATH = before;
    });

    const pi = await camd(['init', '--kind', 'pi'], { cwd: folder });
    const printer = await camd(['init', '--kind', 'printer', '-o', 'printer.yaml'], { cwd: folder });

    t.match(readFileSync(join(folder, 'camd.yaml'), 'utf8'), /^ {2}pi: +# imx219$/m);
    t.match(pi.out, /; pi\.\n[\s\S]*It needs rpicam-vid: sudo apt install rpicam-apps-lite\n/);
    t.match(printer, {
      code: 0,
      out: /Set PC_TOKEN: the token .*\n[\s\S]*Run it: PC_TOKEN=… PC_FINGERPRINT=… camd --config printer\.yaml\n$/,
    });
  },
);

t.test(
  'on a terminal it asks, repeats the question after a wrong answer, and uses the default for an empty line',
  async (t) => {
    let out = '';
    const dialogue = createDialogue({
      out: (text) => {
        out += text;
      },
      async *input() {
        for (const part of ['nine\n2', '\n\nmaybe\n', 'y\n', 'cut sho', 'rt']) yield Buffer.from(part);
      },
    });
    const choices = ['usb', 'pi'].map((name) => ({ name, title: name }));
    const yes = (text: string) => (text === 'y' ? undefined : 'Answer y.');

    t.equal(await dialogue.choose('What?', choices, 'usb'), 'pi');
    t.equal(await dialogue.ask('File', 'camd.yaml'), 'camd.yaml');
    t.equal(await dialogue.ask('Sure', 'n', yes), 'y');
    t.equal(await dialogue.ask('Name', 'x'), 'cut short');
    t.equal(await dialogue.ask('Ended', 'offered'), 'offered');
    t.match(out, /There is no "nine"; choose one of the list\.\n/);
    t.match(out, /Answer y\.\n/);
    await dialogue.end();
  },
);
