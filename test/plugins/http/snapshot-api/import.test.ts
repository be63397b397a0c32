// `camd import snapshot-server`: configurations of the original become valid profiles with the same meaning.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import { readProfile } from '../../../../core/profile/read.ts';
import { profileOf } from '../../../../plugins/http/snapshot-api/import.ts';
import command, { MAX_CONFIG } from '../../../../plugins/http/snapshot-api/import-command.ts';
import { builtinCatalog } from '../../../support/catalog.ts';

/** In the format of the original. */
const CONFIG = {
  cameras: [
    {
      name: 'main_cam',
      device_path: '/dev/video0',
      type: 'stream_interrupt',
      service_name: 'mjpg_streamer.service',
      width: 1920,
      height: 1080,
      pixel_format: 'MJPG',
      stereo: true,
      roll_offset: 1.5,
      pitch_offset: 0,
      yaw_offset: -90,
    },
    // A service that a plain device names is not used by the original.
    { name: 'right', device_path: '/dev/video2', type: 'direct', service_name: 'x.service', width: 640, height: 480 },
  ],
};

const never = new AbortController().signal;

t.test('the profile contains cameras, services and offsets, and is valid', async (t) => {
  const text = profileOf(CONFIG);

  const { pipeline } = parse(text);
  t.same(pipeline.eyes.cameras, {
    main_cam: {
      device: '/dev/video0',
      width: 1920,
      height: 1080,
      format: 'MJPG',
      stereo: true,
      interrupts: 'service',
    },
    right: { device: '/dev/video2', width: 640, height: 480, format: 'MJPG' },
  });
  t.match(pipeline.service, { use: 'service/systemd', unit: 'mjpg_streamer.service' });
  t.same(pipeline.tagged.offsets, { main_cam: { roll: 1.5, pitch: 0, yaw: -90 } });
  t.equal(pipeline.api.services[0], 'service');
  const reading = await readProfile('/profile.yaml', {
    env: {},
    readFile: async () => text,
    catalog: builtinCatalog(),
  });
  t.same(
    reading.problems.filter(({ severity }) => severity === 'error'),
    [],
  );
  t.equal(profileOf(CONFIG.cameras), text, 'a bare list gives the same');
});

t.test('text in a configuration stays text', (t) => {
  const device = '/dev/x" }\n  evil: { use: source/exec, command: [sh] } #';
  const { pipeline } = parse(profileOf([{ name: 'a', device_path: device }]));

  t.equal(pipeline.eyes.cameras.a.device, device);
  t.notOk(pipeline.evil);
  t.end();
});

t.test('unusable parts are reported', async (t) => {
  const device_path = '/dev/video0';
  const cases: readonly [unknown, RegExp][] = [
    [{}, /no camera/],
    [[], /no camera/],
    [null, /no camera/],
    [[{ name: '../x', device_path }], /"\.\.\/x"/],
    [[{ device_path }], /called nothing/],
    [[{ name: 'all', device_path }], /called "all".*another meaning/],
    [
      [
        { name: 'a', device_path },
        { name: 'a', device_path },
      ],
      /another camera/,
    ],
    [[{ name: 'a' }], /no device_path/],
    [[{ name: 'a', device_path, pixel_format: 'h264' }], /"H264"/],
  ];
  for (const [config, words] of cases) t.throws(() => profileOf(config), { message: words, blame: 'profile' });

  const folder = mkdtempSync(join(tmpdir(), 'camd-import-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'config.json');
  const refused = (...args: string[]) => t.rejects(command.run(args, never), { name: 'Fault' }, args.join(' '));
  await refused();
  await refused('other', file);
  await refused('snapshot-server', file);
  writeFileSync(file, '{');
  await refused('snapshot-server', file);
  writeFileSync(file, ' '.repeat(MAX_CONFIG + 1));
  await refused('snapshot-server', file);
  writeFileSync(file, JSON.stringify(CONFIG));
  t.match(await command.run(['snapshot-server', file], never), /main_cam/);
});
