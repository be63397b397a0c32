// source/directory behind a real FTP server: the setup of docs/ftp.md, with vsftpd and curl.

import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { parse } from 'yaml';
import { collect } from '../../support/collect.ts';
import { run } from '../../support/harness.ts';
import { sampleJpeg } from '../../support/jpeg.ts';
import { until } from '../../support/until.ts';
import { vsftpd } from '../../support/vsftpd.ts';

const execute = promisify(execFile);
const curl = (args: readonly string[]) => execute('curl', args);

/** The profile of docs/ftp.md on a free port, with these folders. */
function documented(uploads: string, pictures: string): string {
  const text = /```yaml ftp\.yaml\n([\s\S]*?)```/.exec(readFileSync('docs/ftp.md', 'utf8'))?.[1] ?? '';
  const profile = parse(text) as { pipeline: Record<string, Record<string, unknown>> };
  Object.assign(profile.pipeline.ftp ?? {}, { path: uploads });
  Object.assign(profile.pipeline.files ?? {}, { path: pictures, min_free: '0B' });
  Object.assign(profile.pipeline.web ?? {}, { listen: '127.0.0.1:0' });
  return JSON.stringify(profile);
}

t.test('the profile of docs/ftp.md is configs/ftp.yaml', async (t) => {
  const text = /```yaml ftp\.yaml\n([\s\S]*?)```/.exec(readFileSync('docs/ftp.md', 'utf8'))?.[1] ?? '';

  t.same(parse(text), parse(readFileSync('configs/ftp.yaml', 'utf8')));
});

t.test('pictures that cameras upload to vsftpd are stored, shown and deleted from its folder', async (t) => {
  const root = t.testdir({ ftp: { cameras: {} }, pictures: {} });
  const uploads = join(root, 'ftp', 'cameras');
  const ftp = await vsftpd(t, join(root, 'ftp'));
  const camd = await run(t, documented(uploads, join(root, 'pictures')));
  const frames = collect(camd, 'files');
  const local = (name: string, data: Buffer): string => {
    writeFileSync(join(root, name), data);
    return join(root, name);
  };
  const upload = (file: string, to: string, ...more: string[]) =>
    curl(['-sS', '--ftp-create-dirs', ...more, '-T', file, `${ftp}/cameras/${to}`]);

  await upload(local('a.jpg', sampleJpeg({ width: 64, height: 48, seed: 1 })), 'gate/2026/11/26/a.jpg');
  // A slow line: 4 kB/s, so that the upload takes several settle times.
  const slow = sampleJpeg({ width: 320, height: 240, seed: 2 });
  await upload(local('b.jpg', Buffer.concat([slow, Buffer.alloc(8192)])), 'yard/b.jpg', '--limit-rate', '4k');
  // Under another name first, as careful cameras do it.
  const renaming = ['-Q', '-RNFR c.tmp', '-Q', '-RNTO c.jpg'];
  await upload(local('c.jpg', sampleJpeg({ width: 64, height: 48, seed: 3 })), 'gate/c.tmp', ...renaming);
  await upload(local('movie.mp4', Buffer.alloc(100)), 'gate/movie.mp4');
  await until(() => frames.length >= 3, 'three pictures');

  t.same(frames.map(({ camera }) => camera).sort(), ['gate', 'gate', 'yard']);
  const yard = frames.filter(({ camera }) => camera === 'yard');
  t.equal(yard.length, 1, 'the slow upload is one picture');
  t.ok(yard[0]?.data.equals(slow));
  await until(
    () => !existsSync(join(uploads, 'gate', 'c.jpg')) && !existsSync(join(uploads, 'yard', 'b.jpg')),
    'deletion',
  );
  t.same(readdirSync(join(uploads, 'gate')).sort(), ['2026', 'movie.mp4']);
  t.same(readdirSync(join(uploads, 'gate', '2026', '11', '26')), []);
  const shown = await fetch(`${camd.port('web', 'server').origin}/yard.jpg`);
  t.ok(Buffer.from(await shown.arrayBuffer()).equals(slow));
  t.equal(readdirSync(join(root, 'pictures', 'gate')).filter((name) => /^\d.*\.jpg$/.test(name)).length, 2);
});

t.test('half an upload is ignored, and the picture is accepted when the camera sends it again', async (t) => {
  const root = t.testdir({ ftp: { cameras: {} } });
  const uploads = join(root, 'ftp', 'cameras');
  const ftp = await vsftpd(t, join(root, 'ftp'));
  mkdirSync(join(root, 'pictures'));
  const camd = await run(t, documented(uploads, join(root, 'pictures')));
  const frames = collect(camd, 'files');
  const whole = sampleJpeg({ width: 640, height: 480, seed: 4 });
  const upload = (data: Buffer) => {
    writeFileSync(join(root, 'd.jpg'), data);
    return curl(['-sS', '--ftp-create-dirs', '-T', join(root, 'd.jpg'), `${ftp}/cameras/gate/d.jpg`]);
  };

  await upload(whole.subarray(0, whole.length / 2));
  await until(() => (camd.status('ftp').metrics.incomplete_total ?? 0) > 0, 'camd to read the half');
  t.equal(frames.length, 0);
  await upload(whole);
  await until(() => frames.length === 1, 'the picture');
  t.ok(frames[0]?.data.equals(whole));
});
