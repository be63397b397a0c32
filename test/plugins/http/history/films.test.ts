// The films of http/history: a film is deleted although a program still writes into its folder.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { createLog } from '../../../../core/base/log.ts';
import { openFilms } from '../../../../plugins/http/history/films.ts';
import { folderWith } from '../../../support/cli.ts';
import { until } from '../../../support/until.ts';

/** Creates files for 400 ms, as ffmpeg does; reports the first one. */
const WRITER = `
  const { writeFileSync } = require('node:fs');
  const end = Date.now() + 400;
  for (let n = 0; Date.now() < end; n++) {
    try { writeFileSync(process.argv[1] + '/' + n, ''); } catch {}
    if (n === 0) process.stdout.write('writing');
  }`;

t.test('a film is deleted although a program still writes into its folder', async (t) => {
  const folder = folderWith(t, {});
  const films = await openFilms({
    folder,
    log: createLog({ level: 'error', write() {} }),
    store: () => undefined,
    now: Date.now,
  });
  const film = await films.add({ camera: 'a', from: 0, to: 1, fps: 1, width: 64, total: 1 });
  const own = join(folder, film?.id ?? '');
  const writer = spawn(process.execPath, ['-e', WRITER, own], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(writer, 'exit');
  if (writer.stdout) await once(writer.stdout, 'data');

  t.equal(await films.remove(film?.id ?? ''), true);

  await ended;
  await until(() => !existsSync(own), 'the folder to be gone');
  t.same(films.list(), []);
});
