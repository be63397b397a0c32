// camd migrate as a command: files, output, untrusted content, and profiles that are validated before they are written.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import { MAX_FILE } from '../../../../plugins/command/migrate/index.ts';
import { camd, folderWith } from '../../../support/cli.ts';

const STREAM = 'streams:\n  gate: rtsp://admin:secret9@192.168.1.20/stream1\n';

t.test('it writes a valid profile, and never overwrites a file', async (t) => {
  const cwd = folderWith(t, { 'go2rtc.yaml': STREAM });

  const written = await camd(['migrate', '--output', 'camd.yaml', 'go2rtc.yaml'], { cwd });

  t.equal(written.code, 0);
  t.equal(written.out, '');
  t.match(written.err, 'set GATE_PASSWORD: the password of the camera gate');
  t.match(written.err, 'camd.yaml is valid; run it with: camd --config camd.yaml');
  const valid = await camd(['validate', '--offline', 'camd.yaml'], { cwd, env: { GATE_PASSWORD: 'x' } });
  t.match(valid, { code: 0, out: /camd\.yaml: valid/ });
  const text = readFileSync(join(cwd, 'camd.yaml'), 'utf8');
  t.match(text, '# Made by "camd migrate" from go2rtc.yaml.');
  t.notMatch(text, 'secret9');

  const again = await camd(['migrate', '-o', 'camd.yaml', 'go2rtc.yaml'], { cwd });
  t.match(again, { code: 64, err: /cannot write camd\.yaml: it exists/ });
});

t.test('motion.conf is read with its camera files, and missing ones are reported', async (t) => {
  const cwd = folderWith(t, {
    'motion.conf': 'width 800\nheight 600\nstream_localhost off\ntarget_dir /srv\ncamera /etc/motion/one.conf\n',
    'one.conf': 'camera_name Yard\nvideodevice /dev/video1\nstream_port 8081\n',
  });

  const alone = await camd(['migrate', 'motion.conf'], { cwd });
  const both = await camd(['migrate', 'motion.conf', 'one.conf'], { cwd });

  t.match(alone, { code: 1, err: /name them after it: camd migrate motion\.conf camera1\.conf/ });
  t.equal(both.code, 0);
  const { pipeline } = parse(both.out) as { pipeline: Record<string, unknown> };
  t.match(pipeline.Yard, { device: '/dev/video1', width: 800 });
  t.match(pipeline.Yard_web, { listen: ':8081' });
});

t.test('content of a file can only become a value: references, markers and line breaks stay text', async (t) => {
  const hostile =
    'streams:\n  "${file:/etc/passwd}\\ncamd: 2": "rtsp://192.168.1.9/${env:HOME}/$%7Bx%7D\\u0001HOME\\u0001"\n  "x\\u202e": "http://192.168.1.8/a b\\u0000"\n';

  const { code, out, err } = await camd(['migrate', '--from', 'go2rtc', '-'], {
    input: hostile,
    env: { HOME: '/root' },
  });

  t.equal(code, 0, err);
  const profile = parse(out) as {
    camd: number;
    cameras: Record<string, string>;
    pipeline: Record<string, { url?: string }>;
  };
  t.equal(profile.camd, 1);
  t.notMatch(out, /[^\P{Cc}\n]|\u202e/u);
  t.notMatch(out.replaceAll(/^#.*$/gm, ''), /(^|[^$])\$\{file/);
  for (const { url = '' } of Object.values(profile.pipeline)) t.notMatch(url, /(^|[^$])\$\{(?!env:(env|file)\})/);
});

t.test('files that are too large, too many, missing or unknown are refused', async (t) => {
  const cwd = folderWith(t, {
    'big.yaml': `streams:\n${'#'.repeat(MAX_FILE)}\n`,
    'other.txt': 'hello\n',
    'bad.yaml': 'streams: [\n',
  });

  t.match(await camd(['migrate', 'big.yaml'], { cwd }), { code: 64, err: /larger than 1048576 bytes/ });
  t.match(await camd(['migrate', 'none.yaml'], { cwd }), { code: 64, err: /there is no such file/ });
  t.match(await camd(['migrate', '.'], { cwd }), { code: 64 });
  t.match(await camd(['migrate', 'other.txt'], { cwd }), {
    code: 1,
    err: /is not recognised\. Name its format with --from: crowsnest/,
  });
  t.match(await camd(['migrate', 'bad.yaml'], { cwd }), { code: 1, err: /line \d+ is not valid YAML/ });
  t.match(await camd(['migrate', '--from', 'frigat', 'bad.yaml'], { cwd }), {
    code: 64,
    err: /did you mean "frigate"/,
  });
  t.match(await camd(['migrate', '-'], { cwd, input: Buffer.alloc(MAX_FILE + 1, 35) }), { code: 64 });
});

t.test('aliases that grow without bound and thousands of cameras are refused with one sentence', async (t) => {
  const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghij'
    .split('')
    .map((name, at) => `${name}: &${name} [${Array(9).fill(`*${'abcdefghij'[at]}`).join(',')}]`)
    .join('\n')}\nstreams: { x: *j }\n`;
  const many = `streams:\n${Array.from({ length: 3000 }, (_, at) => `  c${at}: rtsp://10.0.0.1/${at}`).join('\n')}\n`;

  t.match(await camd(['migrate', '--from', 'go2rtc', '-'], { input: bomb }), { code: 1 });
  t.match(await camd(['migrate', '-'], { input: many }), { code: 1, err: /more than 2000 nodes/ });
});

t.test('an invalid profile is not written', async (t) => {
  const cwd = folderWith(t, { 'x.yaml': 'streams:\n  gate: "rtsp://"\n' });

  const { code, err } = await camd(['migrate', '-o', 'out.yaml', 'x.yaml'], { cwd });

  t.equal(code, 78);
  t.match(err, /out\.yaml:\d+:\d+ {2}error/);
  t.notOk(existsSync(join(cwd, 'out.yaml')));
});

t.test('docs/migrate.md shows the output of its command', async (t) => {
  const page = readFileSync('docs/migrate.md', 'utf8');
  const [, file = ''] = /^```yaml go2rtc\.yaml\n(.*?)^```/ms.exec(page) ?? [];
  const [, expected] = /^```console\n\$ camd migrate go2rtc\.yaml\n(.*?)^```/ms.exec(page) ?? [];

  const { out, err } = await camd(['migrate', 'go2rtc.yaml'], { cwd: folderWith(t, { 'go2rtc.yaml': file }) });

  t.equal(out + err, expected);
});
