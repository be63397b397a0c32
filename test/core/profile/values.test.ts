// From text to values: includes, interpolation, coercion, units, defaults, and references for the planner.

import fc from 'fast-check';
import t from 'tap';
import { checkFormat, FORMAT_NAMES } from '../../../core/base/formats.ts';
import { parseUnit, type Unit, writeUnit } from '../../../core/base/units.ts';
import { parseTemplate } from '../../../core/profile/values/template.ts';
import { dedent } from '../../support/dedent.ts';
import { found, readText, type Texts } from '../../support/reading.ts';

async function options(id: string, text: string, texts?: Texts): Promise<unknown> {
  const reading = await readText(text, texts);
  t.same(found(reading), []);
  return reading.profile?.nodes.get(id)?.options;
}

t.test('defaults are filled in and units are numbers', async (t) => {
  const text = dedent`
    camd: 1
    pipeline:
      cam: { use: source/feed, connect: 'a:1', timeout: 1.5s, parse: { use: frames, max_frame: 1KiB } }
      keep: { use: cache/keep, from: cam, max_bytes: 2MB, limit: 30/m }
  `;
  const reading = await readText(text);
  const cam = reading.profile?.nodes.get('cam');

  t.same(cam?.options, { connect: 'a:1', timeout: 1500, parse: { use: 'frames', max_frame: '1KiB' }, mode: 'always' });
  t.same(cam?.parse, { use: 'parse/frames', options: { max_frame: 1024 } });
  t.same(await options('keep', text), { from: 'cam', max_bytes: 2e6, limit: 0.5, count: 10, exact: false });
});

t.test('the planner gets references, claims and routes', async (t) => {
  const { profile } = await readText(dedent`
    camd: 1
    pipeline:
      cam: { use: source/feed, listen: 'unix:run/cam.sock', device: video0 }
      cam2: { use: source/feed, listen: '[::1]:0' }
      keep: { use: cache/keep, from: [cam, cam2] }
      web: { use: http/front, listen: 'LOCALHOST:80' }
      page: { use: http/page, on: web, from: keep, path: '/{camera}.jpg' }
  `);

  t.match(profile?.nodes.get('cam')?.claims, [
    { kind: 'socket', name: '/profiles/run/cam.sock' },
    { kind: 'device', name: '/profiles/video0' },
  ]);
  t.same(profile?.nodes.get('cam2')?.claims, []);
  t.match(profile?.nodes.get('web')?.claims, [{ kind: 'address', name: '127.0.0.1:80' }]);
  t.match(profile?.nodes.get('keep')?.references, [
    { option: 'from', to: ['cam', 'cam2'], ports: ['frames'], delivery: 'through', places: [{ column: 35 }, {}] },
  ]);
  t.match(profile?.nodes.get('page')?.routes, [
    { server: 'web', path: '/{camera}.jpg', place: { line: 7, column: 54 } },
  ]);
  t.same(profile?.nodes.get('keep')?.provides, ['frames', 'stills']);
});

t.test('strings are interpolated from everywhere and then typed by the schema', async (t) => {
  const text = dedent`
    camd: 1
    vars: { host: "\${env:HOST}", port: 9000, address: "\${var:host}:\${var:port}" }
    watch: \${env:WATCH:-true}
    log: { level: "\${env:LEVEL:-debug}" }
    control: \${env:CONTROL:-false}
    pipeline:
      cam:
        use: source/feed
        connect: \${var:address}
        url: http://\${var:host}/$\${x}$
        token: \${cred:cam_token}
        timeout: \${env:SECONDS}s
      other: { use: "source/\${env:EMPTY:-feed}", connect: 'a:1', token: "\${file:secret.txt}" }
      keep: { use: cache/keep, from: "\${env:FROM}", count: "\${env:COUNT}", exact: "\${env:EXACT}", share: "\${env:SHARE}" }
  `;
  const texts: Texts = {
    env: {
      HOST: 'box',
      SECONDS: '2',
      EMPTY: '',
      FROM: 'cam',
      COUNT: '7',
      EXACT: 'true',
      SHARE: '.5',
      CREDENTIALS_DIRECTORY: '/creds',
    },
    files: { '/creds/cam_token': 'from-systemd\n', 'secret.txt': 'from-a-file\r\n' },
  };

  const reading = await readText(text, texts);

  t.same(found(reading), []);
  t.match(reading.profile, { watch: true, control: false, log: { level: 'debug', format: 'auto' } });
  t.match(reading.profile?.nodes.get('cam')?.options, {
    connect: 'box:9000',
    url: 'http://box/${x}$',
    token: 'from-systemd',
    timeout: 2000,
  });
  t.match(reading.profile?.nodes.get('other')?.options, { token: 'from-a-file' });
  t.match(reading.profile?.nodes.get('keep')?.options, { from: 'cam', count: 7, exact: true, share: 0.5 });
  t.same([...(reading.profile?.secrets ?? [])].sort(), ['from-a-file', 'from-systemd']);
  t.same(reading.files, ['/profiles/main.yaml', '/creds/cam_token', '/profiles/secret.txt']);
});

t.test('included profiles lie beneath: maps merge, lists and scalars replace, null removes', async (t) => {
  const text = dedent`
    camd: 1
    include: [low.yaml, sub/mid.yaml]
    pipeline:
      cam: { connect: 'top:1', argv: [c] }
      gone: null
      keep: { count: null }
  `;
  const texts: Texts = {
    files: {
      'low.yaml': dedent`
        pipeline:
          cam: { use: source/feed, connect: 'low:1', timeout: 1s, argv: [a, b] }
          gone: { use: source/feed, connect: 'low:2' }
          keep: { use: cache/keep, from: cam, count: 3 }
      `,
      'sub/mid.yaml': 'include: deep.yaml\npipeline: { cam: { timeout: 2s } }\n',
      'sub/deep.yaml': 'pipeline: { cam: { mode: on_demand, timeout: 3s } }\n',
    },
  };

  const reading = await readText(text, texts);

  t.same([...(reading.profile?.nodes.keys() ?? [])], ['cam', 'keep']);
  t.match(await options('cam', text, texts), { connect: 'top:1', timeout: 2000, argv: ['c'], mode: 'on_demand' });
  t.match(await options('keep', text, texts), { count: 10 });
  t.same(
    reading.files.map((file) => file.replace('/profiles/', '')),
    ['main.yaml', 'low.yaml', 'sub/mid.yaml', 'sub/deep.yaml'],
  );
});

t.test('only what came out of an interpolation is coerced', async (t) => {
  const reading = await readText(dedent`
    camd: 1
    pipeline:
      cam: { use: source/feed, connect: 'a:1' }
      keep: { use: cache/keep, from: cam, count: "7" }
  `);

  t.same(found(reading), ['wrong-type main.yaml:4:46+3']);
});

t.test('YAML 1.2 words stay words and numeric ids stay as written', async (t) => {
  const { profile } = await readText(dedent`
    camd: 1
    pipeline:
      007: { use: source/feed, connect: 'a:1', argv: [no, on, 1:30, "~"] }
      __proto__: { use: source/feed, connect: 'a:1' }
  `);

  t.same([...(profile?.nodes.keys() ?? [])], []);

  const good = await readText(dedent`
    camd: 1
    pipeline:
      007: { use: source/feed, connect: 'a:1', argv: [no, on, 1:30, "~"] }
  `);
  t.same(good.profile?.nodes.get('007')?.options.argv, ['no', 'on', '1:30', '~']);
});

t.test('units are written as they are read', async (t) => {
  const units = fc.constantFrom<Unit>('duration', 'size');
  fc.assert(
    fc.property(units, fc.integer({ min: 0, max: 2 ** 45 }), (unit, value) => {
      return parseUnit(unit, writeUnit(unit, value)) === value;
    }),
  );
  t.same(
    [writeUnit('duration', 90_000), writeUnit('size', 8 * 2 ** 20), writeUnit('rate', 0.5)],
    ['90s', '8MiB', '30/m'],
  );
});

t.test('text without "${" is its own template', async () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('$', '{', '}', 'a') }), (text) => {
      const escaped = text.replaceAll('${', () => '$${');
      const parts = parseTemplate(escaped);
      return parts.map((part) => (part.is === 'text' ? part.text : '?')).join('') === text;
    }),
  );
});

t.test('each format takes what it should and nothing else', async (t) => {
  const samples: Record<string, [good: string[], bad: string[]]> = {
    address: [
      ['127.0.0.1:80', '[::1]:80', ':0', 'unix:/x', 'name.local:9'],
      ['80', '::1:80', 'a:70000', 'unix:', 'http://a:1'],
    ],
    'http-url': [
      ['http://a', 'https://u:p@a:1/x?y'],
      ['a', 'ftp://a', 'http://', 'http:a', 'javascript:alert(1)'],
    ],
    'camera-url': [
      ['http://a', 'http://[fe80::1%25eth0]/', 'https://u:p@[fe80::1%eth0]:81/x'],
      ['a', 'ftp://a', 'http://[fe80::1%]/', 'http://host%25eth0/'],
    ],
    'mqtt-url': [
      ['mqtt://a', 'mqtts://a:8883', 'wss://a/mqtt'],
      ['http://a', 'a:1883'],
    ],
    'sql-url': [
      ['sqlite:x.db', 'postgres://u@h/d', 'mariadb://h/d'],
      ['sqlite:', 'x.db', 'oracle://h/d', 'mysql:x'],
    ],
    'rtsp-url': [
      ['rtsp://192.168.1.20:554/stream1', 'rtsps://u:p@h/a'],
      ['', 'http://h/a', 'rtsp://', '192.168.1.20'],
    ],
    'route-path': [
      ['/', '/a/{camera}.jpg', '/f/{rest*}'],
      ['a', '/a?x', '/../a', '//a', '/{a}{b}', '/{a}/{a}', '/{a*}/b', '/{', '/{1}', '/a b', '/%41'],
    ],
    'camera-id': [
      ['a', 'Cam-1_x.y'],
      ['', '-a', 'a/b', 'é', 'x'.repeat(129)],
    ],
    'mqtt-topic': [
      ['a/b', 'cameras/{camera}'],
      ['', 'a/+', 'a/#', 'a\0'],
    ],
    'mqtt-filter': [
      ['a/b', '+/b/#', '#', '$share/g/a/+'],
      ['', 'a#', 'a/#/b', 'a+/b'],
    ],
    'nats-url': [
      ['nats://h', 'nats://10.0.0.7:4222', 'tls://nats.example:4222'],
      ['', 'h:4222', 'http://h', 'nats://'],
    ],
    path: [
      ['/a', 'a b', './c'],
      ['', 'a\0'],
    ],
    cron: [
      ['0 3 * * *', '*/5 * * * * *', '@daily'],
      ['', '0 3 * *', '2026-01-01T00:00:00', 'often'],
    ],
    timezone: [
      ['UTC', 'Europe/Berlin'],
      ['', 'Berlin', 'Mars/Base'],
    ],
  };

  t.same(Object.keys(samples).sort(), FORMAT_NAMES);
  for (const [format, [good, bad]] of Object.entries(samples)) {
    for (const text of good) t.equal(checkFormat(format, text), undefined, `${format} takes ${text}`);
    for (const text of bad) t.type(checkFormat(format, text), 'string', `${format} refuses ${text}`);
  }
});

t.test('no text makes reading throw, and what is refused has a place in the text', async (t) => {
  const words = fc.constantFrom(
    ...[
      'camd: 1\n',
      'pipeline:\n',
      '  a: ',
      '  b:\n    ',
      'use: ',
      'source/feed',
      'cache/keep',
      ', ',
      '{ ',
      ' }',
      '[',
      ']',
    ],
    ...[
      'from: a',
      'connect: ',
      "'a:1'",
      '\n',
      '&x ',
      '*x',
      '<<: ',
      '? ',
      '- ',
      '!t ',
      '${var:',
      '${env:A}',
      '}',
      '$${',
      '"',
      "'",
    ],
    ...[
      'vars: ',
      'include: ',
      'plugins: ',
      'null',
      '~',
      '1',
      '.nan',
      '\t',
      '#',
      '|\n',
      '>-\n',
      'parse: ',
      '__proto__: ',
      '---\n',
    ],
  );
  const texts = fc.oneof(
    fc.array(words, { maxLength: 30 }).map((parts) => parts.join('')),
    fc.string({ unit: 'binary', maxLength: 80 }),
  );
  await fc.assert(
    fc.asyncProperty(texts, async (text) => {
      const reading = await readText(text, { env: { A: '1' } });
      const lines = text.split(/\r\n|\n|\r/).length;
      if (!reading.profile && !reading.problems.some(({ severity }) => severity === 'error')) return false;
      return reading.problems.every(({ place }) => place.line >= 1 && place.line <= lines + 1 && place.column >= 1);
    }),
    { numRuns: 1500 },
  );
  t.pass('all were read');
});

t.test('vars that use vars by powers are stopped at a size, with the place, and at once', async (t) => {
  const levels = Array.from({ length: 9 }, (_, level) => `  v${level + 1}: "${`\${var:v${level}}`.repeat(10)}"`);
  const text = [
    'camd: 1',
    'vars:',
    '  v0: "0123456789"',
    ...levels,
    'pipeline:',
    '  cam: { use: source/test-pattern }',
  ];
  const { problems } = await readText(text.join('\n'));

  t.match(problems, [{ code: 'bad-interpolation', place: { line: 7 }, message: /longer than 65536 characters/ }]);
});
