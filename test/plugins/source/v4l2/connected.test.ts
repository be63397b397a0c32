// The list of connected cameras, and the command that a settings page sends for it.

import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Fact } from '../../../../core/contract/plugin.ts';
import { asChoice, listConnected } from '../../../../plugins/source/v4l2/connected.ts';
import { dedent } from '../../../support/dedent.ts';
import { fakeCameras } from '../../../support/fake-v4l2.ts';
import { run } from '../../../support/harness.ts';

const signal = (): AbortSignal => new AbortController().signal;

t.test('each camera is listed with its formats and sizes, except those that a profile cannot name', async (t) => {
  const cameras = await fakeCameras(t);
  cameras.plug('video0', { formats: { MJPG: ['640x480', '320x240'], H264: ['640x480'], YUYV: ['320x240'] } });
  cameras.plug('video2', { denied: true });
  const sys = join(cameras.folder, 'sys');
  for (const name of ['video0', 'video1', 'video2']) {
    mkdirSync(join(sys, 'class/video4linux', name), { recursive: true });
    writeFileSync(join(sys, 'class/video4linux', name, 'index'), name === 'video1' ? '1\n' : '0\n');
    writeFileSync(join(sys, 'class/video4linux', name, 'name'), `Camera of ${name}\n`);
  }
  // The second node of a camera, for metadata.
  symlinkSync('/dev/full', join(cameras.folder, 'video1'));

  const found = await listConnected(signal(), { dev: cameras.folder, sys });

  t.same(found.map(asChoice), [
    {
      name: 'Camera of video0',
      device: join(cameras.folder, 'video0'),
      formats: [
        {
          format: 'MJPG',
          sizes: [
            { size: '640x480', rates: [30] },
            { size: '320x240', rates: [30] },
          ],
        },
        { format: 'YUYV', sizes: [{ size: '320x240', rates: [30] }] },
      ],
    },
    {
      name: 'Camera of video2',
      device: join(cameras.folder, 'video2'),
      formats: [],
      trouble: `Failed to open ${join(cameras.folder, 'video2')}: Permission denied`,
    },
  ]);
});

t.test('the command "devices" is answered with the list, and every other command is rejected', async (t) => {
  const cameras = await fakeCameras(t);
  const camd = await run(
    t,
    dedent`
      camd: 1
      control: false
      pipeline:
        eyes: { use: source/v4l2, mode: still, device: ${cameras.plug('bench')} }
    `,
  );
  const command = (name: string): Promise<Fact> => camd.output('eyes').ask('command', 'eyes', { name }, signal());

  t.ok(Array.isArray(await command('devices')));
  t.equal(await command('move'), false);
});
