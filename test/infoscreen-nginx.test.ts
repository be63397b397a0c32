// The original server's surroundings against infoscreen-server.yaml: nginx in front, its listener's requests, and its curl lines.

import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { camd, folderWith } from './support/cli.ts';
import { startDaemon } from './support/daemon.ts';
import { sampleJpeg } from './support/jpeg.ts';
import { nginx } from './support/nginx.ts';

t.setTimeout(200_000);

const TOKEN = 'correct-horse-battery';
const run = promisify(execFile);

t.test('the original clients work unchanged, but for the token', async (t) => {
  const env = { INFOSCREEN_TOKEN: TOKEN, API_LISTEN: '127.0.0.1:0' };
  const server = await startDaemon(t, readFileSync('configs/infoscreen-server.yaml', 'utf8'), { env });
  const api = await server.origin('api');
  const web = await nginx(t, `location /screenshots/ { proxy_pass ${api}; }`);
  const added = await camd(['clients', 'add', 'lobby', 'cafe', '--config', server.file], { env });
  if (added.code !== 0) throw new Error(added.err);
  const jpeg = join(folderWith(t, {}), 'screen.jpg');
  const png = join(server.folder, 'screen.png');
  writeFileSync(jpeg, sampleJpeg({ width: 64, height: 48 }));
  await run('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=size=64x48', '-frames:v', '1', png]);
  const curl = async (...args: string[]) => {
    const { stdout } = await run('curl', ['-s', '-o', '/dev/null', '-w', '%{http_code} %{content_type}', ...args]);
    return stdout;
  };
  const authorised = ['-H', `Authorization: Bearer ${TOKEN}`];
  const post = (id: string, ...args: string[]) => curl(...authorised, ...args, `${api}/api/clients/${id}/screenshot`);
  const json = (path: string) => {
    const body = join(server.folder, 'body.json');
    writeFileSync(body, JSON.stringify({ image: readFileSync(path).toString('base64') }));
    return ['-X', 'POST', '-H', 'Content-Type: application/json', '--data-binary', `@${body}`];
  };
  const got = async (url: string) => Buffer.from(await (await fetch(url)).arrayBuffer());

  t.match(await post('lobby', ...json(jpeg)), /^200 /, 'as the listener sends it');
  t.match(await post('lobby', '-X', 'POST', '-H', 'Content-Type: image/jpeg', '--data-binary', `@${jpeg}`), /^200 /);
  t.match(await post('cafe', ...json(png)), /^200 /);
  t.match(await post('nobody', ...json(jpeg)), /^404 /, 'an id that is not in the table');
  t.match(await post('lobby', '-X', 'POST', '-H', 'Content-Type: application/json', '-d', '{}'), /^400 /);
  t.match(await post('lobby', '-X', 'POST', '-H', 'Content-Type: application/json', '-d', '{"image":"%%"}'), /^400 /);

  t.equal(await curl(`${web}/screenshots/lobby.jpg`), '200 image/jpeg');
  t.equal(await curl(`${api}/screenshots/lobby`), '200 image/jpeg');
  t.equal(
    await curl(`${web}/screenshots/cafe.jpg`),
    '200 image/png',
    'a PNG, under the name that the original gives it',
  );
  t.match(await curl(`${web}/screenshots/nobody.jpg`), /^404 /);
  t.ok((await got(`${web}/screenshots/lobby.jpg`)).equals(readFileSync(jpeg)));
  t.ok((await got(`${web}/screenshots/cafe.jpg`)).equals(readFileSync(png)));
});
