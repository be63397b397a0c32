// docs/mistakes.md is true: each mistake gets exactly the one sentence that stands below it.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { readFromDisk } from '../../core/profile/source/disk.ts';
import { parseYaml } from '../../core/profile/source/yaml.ts';
import { mistakes, readMistake } from '../support/mistakes.ts';

const all = mistakes();

t.test('each mistake is reported once, with the sentence on the page', async (t) => {
  t.ok(all.length >= 190, `${all.length} mistakes`);
  for (const { text, said } of all) {
    t.equal(said.length, 1, `one sentence for\n${text}`);
    t.same(await readMistake(text), said, text);
  }
});

t.test('no two blocks are the same, and no sentence speaks of the parser', (t) => {
  t.equal(new Set(all.map(({ text }) => text)).size, all.length);
  for (const { said } of all) {
    t.notMatch(said.join(), /implicit|scalar|token|node end|collection|sequence|regular expression/i);
  }
  t.end();
});

t.test('words that newcomers use lead to what they should write', (t) => {
  const meant: Readonly<Record<string, string>> = {
    ...{ rtsp: 'source/rtsp', usb: 'source/v4l2', v4l2: 'source/v4l2', webcam: 'source/v4l2', onvif: 'source/rtsp' },
    ...{ websocket: 'source/websocket', mjpeg: 'source/http-stream' },
    ...{ pass: 'password', user: 'username', interval: 'every' },
  };
  for (const [word, write] of Object.entries(meant)) {
    const form = new RegExp(`use: (source/)?${word}[ ,]|, ${word}: `);
    const about = all.filter(
      ({ text, said }) => form.test(text) && new RegExp(`no (plugin|option) "(source/)?${word}"`).test(said.join()),
    );
    t.ok(about.length > 0, `${word} is among the mistakes`);
    for (const { said } of about) t.match(said.join(), new RegExp(`did you mean .*"${write}"`), word);
  }
  t.ok(all.some(({ said }) => said.join().includes('Write use: source/rtsp for rtsp:// URLs')));
  t.end();
});

t.test('several mistakes in one file are all reported, each at its place', async (t) => {
  const text = [
    'camd: 1',
    'pipeline:',
    '  door: { use: source/http-stream, url: ${env:DOOR} }',
    '  shed:',
    '    use:source/http-stream',
    '    url: "http://192.168.1.20/',
    '  latest: { use: cache/latest, from: [door, shed }',
    '  web: { use: http/server, listen: [::1]:8080 }',
    '',
  ].join('\n');

  const { problems, broken } = parseYaml('/main.yaml', text);

  t.ok(broken);
  t.same(
    problems.map(({ place }) => `${place.line}:${place.column}`),
    ['3:41', '5:5', '6:10', '7:38', '8:36'],
  );
});

t.test('a large broken file is not parsed again for each mistake', (t) => {
  const two = 'pipeline:\n  a: @x\n  b: @x\n';

  t.equal(parseYaml('/main.yaml', two).problems.length, 2);
  t.equal(parseYaml('/main.yaml', `${two}# ${' '.repeat(1024 * 1024)}\n`).problems.length, 1);
  t.equal(parseYaml('/main.yaml', `pipeline:\n${'  a: @x\n'.repeat(200)}`).problems.length, 50);
  t.end();
});

t.test('a file in another encoding is refused by name', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'camd-encoding-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const read = (bytes: Buffer) => {
    writeFileSync(join(folder, 'p.yaml'), bytes);
    return readFromDisk(join(folder, 'p.yaml'), 1000);
  };

  await t.rejects(read(Buffer.from('\uFEFFcamd: 1', 'utf16le')), { message: 'it is UTF-16; save it as UTF-8' });
  await t.rejects(read(Buffer.from('\uFEFFcamd: 1', 'utf16le').swap16()), { message: /UTF-16/ });
  await t.rejects(read(Buffer.from('camd: 1\n# T\u00fcr', 'latin1')), {
    message: 'line 2 is not UTF-8; save the file as UTF-8',
  });
  t.equal(await read(Buffer.from('\uFEFFcamd: 1 # Tür')), '\uFEFFcamd: 1 # Tür');
});
