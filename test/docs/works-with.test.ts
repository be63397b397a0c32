// docs/works-with.md is true: each command for a player, a recorder or a sender runs in the real program.

import t from 'tap';
import { sampleJpeg } from '../support/jpeg.ts';
import { until } from '../support/until.ts';
import { worksWith } from '../support/works-with.ts';

t.test('players and recorders get the pictures of the stream', async (t) => {
  const { block, start } = await worksWith(t);
  const five = async (line: string, files: Readonly<Record<string, string>> = {}): Promise<number> => {
    const program = start(line, files);
    await program.done;
    return program.pictures().length;
  };

  t.equal(await five(block('ffmpeg')), 5, 'ffmpeg');
  const film = start(block('ffmpeg-film'));
  await film.done;
  t.equal(film.file('film.mkv').toString('latin1').split('\xff\xd8\xff').length - 1, 20, 'ffmpeg, a film');
  t.equal(await five(block('mpv')), 5, 'mpv');
  t.ok((await five(block('gstreamer'))) >= 5, 'GStreamer');
  const opencv = { 'opencv.py': block('opencv.py') };
  t.equal(await five('/usr/bin/python3 opencv.py', opencv), 5, 'OpenCV');
});

t.test('VLC and motion go on until they are stopped', async (t) => {
  const { block, start } = await worksWith(t);

  for (const [line, files] of [
    [block('vlc'), {}],
    ['motion -n -c motion.conf', { 'motion.conf': block('motion.conf') }],
  ] as const) {
    const program = start(line, files);
    const ended = program.done.then(() => {
      throw new Error(`it ended: ${line}`);
    });
    await Promise.race([ended, until(() => program.pictures().length >= 5, `five pictures of ${line}`)]);
    program.stop();
    t.pass(line);
  }
});

t.test('ffmpeg and curl send pictures', async (t) => {
  const { camd, block, start, origin } = await worksWith(t);

  await start(block('ffmpeg-send')).done;
  await start(block('curl'), { 'picture.jpg': sampleJpeg({ seed: 3 }) }).done;
  await until(() => camd.status('bench').framesOut === 10, 'all pictures of ffmpeg');
  const sent = await fetch(`${origin}/bench.jpg`);

  t.equal(sent.status, 200);
  t.equal(Buffer.from(await sent.arrayBuffer()).readUInt16BE(0), 0xffd8);
  t.equal(camd.status('upload').framesOut, 1);
});
