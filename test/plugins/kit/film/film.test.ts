// Films in chunks: properties read by ffprobe, skipped pictures, and the continuation of an interrupted film.

import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import t, { type Test } from 'tap';
import { chunkArguments, encodeChunk, filmSize, joinChunks } from '../../../../plugins/kit/film/ffmpeg.ts';
import { type FilmOptions, MAX_PICTURE, makeFilm, type Progress } from '../../../../plugins/kit/film/film.ts';
import { type Journal, readJournal, writeJournal } from '../../../../plugins/kit/film/journal.ts';
import { sampleJpeg } from '../../../support/jpeg.ts';

t.setTimeout(240_000);

const jpeg = sampleJpeg({ width: 64, height: 48 });
const png = await sharp({ create: { width: 40, height: 40, channels: 3, background: 'red' } })
  .png()
  .toBuffer();

/** Film options with these pictures, and the recorded reads. */
function filming(t: Test, pictures: readonly (Buffer | undefined)[], more: Partial<FilmOptions> = {}) {
  const at = t.testdir({});
  const pages: unknown[] = [];
  const reads: string[] = [];
  const progress: Progress[] = [];
  const ids = pictures.map((_, index) => String(index).padStart(6, '0'));
  const options: FilmOptions = {
    folder: join(at, 'parts'),
    out: join(at, 'films', 'film.mp4'),
    spec: 'front door',
    fps: 10,
    width: 640,
    signal: new AbortController().signal,
    pictures: {
      async list(after, limit) {
        pages.push([after, limit]);
        return ids.filter((id) => after === undefined || id > after).slice(0, limit);
      },
      async read(id) {
        reads.push(id);
        return pictures[Number(id)];
      },
    },
    onProgress: (now) => progress.push(now),
    ...more,
  };
  return { options, pages, reads, progress, at };
}

async function probe(file: string): Promise<Record<string, string>> {
  const entries = 'stream=codec_name,width,height,has_b_frames,avg_frame_rate,pix_fmt,nb_read_frames,duration';
  const argv = ['-v', 'error', '-count_frames', '-show_entries', entries, '-of', 'default=nw=1', file];
  const { stdout } = await promisify(execFile)('ffprobe', argv);
  return Object.fromEntries(
    stdout
      .trim()
      .split('\n')
      .map((line) => line.split('=', 2)),
  );
}

t.test('a film has even sides, and is no wider than requested', (t) => {
  for (const [width, height, most, expected] of [
    [1920, 1080, 1280, '1280x720'],
    [640, 480, 1280, '640x480'],
    [641, 479, 1280, '642x480'],
    [1281, 721, 1280, '1280x720'],
    [1000, 3, 100, '100x2'],
    [4000, 10, 100, '100x2'],
    [100, 100, 1, '2x2'],
  ] as const) {
    const size = filmSize({ width, height }, most);
    t.equal(`${size.width}x${size.height}`, expected);
  }
  t.end();
});

t.test('every complete picture is one frame of an H.264 film that plays while it is loaded', async (t) => {
  const torn = jpeg.subarray(0, 200);
  const { options, reads, progress, at } = filming(t, [jpeg, jpeg, torn, undefined, jpeg, jpeg, jpeg, jpeg], {
    chunk: 3,
  });

  t.same(await makeFilm(options), { pictures: 6, skipped: 2 });

  t.match(await probe(options.out), {
    ...{ codec_name: 'h264', width: '64', height: '48', has_b_frames: '0', pix_fmt: /^yuvj?420p$/ },
    ...{ avg_frame_rate: '10/1', nb_read_frames: '6', duration: '0.600000' },
  });
  const film = readFileSync(options.out);
  t.ok(film.indexOf('moov') < film.indexOf('mdat'), 'the index comes first');
  t.same(progress, [
    ...[
      [0, 0],
      [1, 0],
      [2, 0],
      [2, 1],
      [2, 2],
      [3, 2],
      [4, 2],
      [5, 2],
      [6, 2],
    ].map(([pictures, skipped]) => ({ pictures, skipped })),
  ]);
  t.equal(reads.length, 8, 'each picture is read once');
  t.notOk(existsSync(options.folder));
  t.same(readdirSync(join(at, 'films')), ['film.mp4']);
});

t.test('pictures of another type begin a new chunk, in the size of the film', async (t) => {
  const { options, reads } = filming(t, [jpeg, jpeg, png, png, jpeg]);
  t.same(await makeFilm(options), { pictures: 5, skipped: 0 });
  t.match(await probe(options.out), { width: '64', height: '48', nb_read_frames: '5' });
  t.equal(reads.length, 5);
});

t.test('pictures are listed in pages of 200', async (t) => {
  const { options, pages } = filming(t, [...new Array(400).fill(undefined), jpeg]);
  t.same(await makeFilm(options), { pictures: 1, skipped: 400 });
  t.same(pages, [
    [undefined, 200],
    ['000199', 200],
    ['000399', 200],
    // Once for the end of the chunk, and once for the end of the film.
    ['000400', 200],
    ['000400', 200],
  ]);
});

t.test('without a complete picture there is no film', async (t) => {
  const { options } = filming(t, [undefined, Buffer.from('GIF89a')]);
  await t.rejects(makeFilm(options), { code: 'no-pictures', blame: 'environment' });
  t.notOk(existsSync(options.out));
  await t.rejects(makeFilm(filming(t, []).options), { code: 'no-pictures' });
});

t.test('a picture of the maximum size is used, a larger one is skipped', async (t) => {
  const sized = (length: number): Buffer => Buffer.concat([jpeg, Buffer.alloc(length - jpeg.length)]);
  t.equal(MAX_PICTURE, 32 * 1024 * 1024);
  const { options } = filming(t, [sized(MAX_PICTURE), sized(MAX_PICTURE + 1)]);
  t.same(await makeFilm(options), { pictures: 1, skipped: 1 });
});

t.test('an interrupted film continues after its last complete chunk', async (t) => {
  const pictures = new Array(9).fill(jpeg);
  const ending = new AbortController();
  const { options, at } = filming(t, pictures, { chunk: 2, signal: ending.signal });
  const cut = makeFilm({ ...options, onProgress: (now) => now.pictures === 5 && ending.abort() });
  await t.rejects(cut, { name: 'AbortError' });
  const kept: Journal = JSON.parse(readFileSync(join(at, 'parts', 'film.json'), 'utf8'));
  t.match(kept, {
    spec: 'front door 10 fps 640 px',
    size: { width: 64, height: 48 },
    chunks: [
      { last: '000001', pictures: 2, skipped: 0, file: 'chunk-000000.mp4' },
      { last: '000003', pictures: 2, skipped: 0, file: 'chunk-000001.mp4' },
    ],
  });

  const { signal } = new AbortController();
  const reads: string[] = [];
  const read = (id: string) => {
    reads.push(id);
    return options.pictures.read(id);
  };
  t.same(await makeFilm({ ...options, signal, pictures: { ...options.pictures, read } }), { pictures: 9, skipped: 0 });
  t.same(reads, ['000004', '000005', '000006', '000007', '000008']);
  t.match(await probe(options.out), { nb_read_frames: '9' });
});

t.test('when a picture cannot be read, ffmpeg has ended before the film is given up', async (t) => {
  const { options } = filming(t, [jpeg, jpeg, jpeg]);
  // The ffmpeg of a killed camd may still write into the file of its attempt.
  mkdirSync(options.folder, { recursive: true });
  const former = join(options.folder, 'chunk-000000.mp4.part');
  writeFileSync(former, 'of a former attempt');
  const pictures = {
    ...options.pictures,
    read: (id: string) => (id.endsWith('2') ? Promise.reject(new Error('no disk')) : options.pictures.read(id)),
  };
  const inFolder = (pid: string): boolean => {
    try {
      return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(options.folder);
    } catch {
      // It has ended, or belongs to another user.
      return false;
    }
  };

  await t.rejects(makeFilm({ ...options, pictures }), { message: 'no disk' });

  t.same(readdirSync('/proc').filter(inFolder), []);
  t.equal(readFileSync(former, 'utf8'), 'of a former attempt');
});

t.test('the journal of another film, or a damaged one, is ignored', async (t) => {
  const folder = t.testdir({});
  const journal: Journal = { spec: 's', chunks: [{ last: '5', pictures: 1, skipped: 0 }] };
  t.same(await readJournal(folder, 's'), { spec: 's', chunks: [] }, 'no journal');
  await writeJournal(folder, journal);
  t.same(await readJournal(folder, 's'), journal);
  t.same(await readJournal(folder, 'other'), { spec: 'other', chunks: [] });
  t.same(readdirSync(folder), ['film.json']);
  for (const text of [
    '',
    '{',
    'null',
    '5',
    '"s"',
    '{"spec":"s"}',
    '{"chunks":[]}',
    '{"spec":"s","chunks":{}}',
    '{"spec":"s","chunks":[5]}',
    '{"spec":"s","chunks":[null]}',
    '{"spec":"s","chunks":[{"last":"1"},{}]}',
  ]) {
    writeFileSync(join(folder, 'film.json'), text);
    t.same(await readJournal(folder, 's'), { spec: 's', chunks: [] }, text);
  }
});

t.test('a failure of ffmpeg is an error with its last line', async (t) => {
  const folder = t.testdir({});
  const { signal } = new AbortController();
  await t.rejects(joinChunks('none.txt', 'film.mp4', folder, signal), {
    code: 'command-ended',
    message: /^ffmpeg ended with status \d+: .*none\.txt/,
  });
  const size = { width: 64, height: 48 };
  const encoding = await encodeChunk(chunkArguments('image/jpeg', size, 10, 'missing/x.mp4'), folder, signal);
  const encoded = async (): Promise<void> => {
    await encoding.add(jpeg);
    await encoding.end();
  };
  await t.rejects(encoded(), { code: 'command-ended', message: /missing\/x\.mp4/ });
  const killed = await encodeChunk(['sh', '-c', 'kill -9 $$'], folder, signal);
  await t.rejects(killed.end(), { message: 'ffmpeg was ended by SIGKILL.' });
  const silent = await encodeChunk(['sh', '-c', 'exit 3'], folder, signal);
  await t.rejects(silent.end(), { message: 'ffmpeg ended with status 3.' });
  const deaf = await encodeChunk(['sh', '-c', 'exec <&-; exit 4'], folder, signal);
  await t.rejects(
    (async () => {
      for (;;) await deaf.add(Buffer.alloc(1 << 20));
    })(),
    { message: 'ffmpeg ended with status 4.' },
  );
});

t.test('ffmpeg ends with the signal of the caller, with its reason, and runs at low priority', async (t) => {
  const folder = t.testdir({});
  mkdirSync(join(folder, 'x'));
  const ending = new AbortController();
  const why = new Error('enough');
  const encoding = await encodeChunk(['sh', '-c', 'sleep 600'], folder, ending.signal);
  const ended = encoding.end();
  ending.abort(why);
  await t.rejects(ended, why);
  const late = await encodeChunk(['sh', '-c', 'sleep 600'], folder, ending.signal);
  await t.rejects(late.end(), why, 'the signal was aborted before');
});
