// Excerpts, JSON, annotations and the resolved profile contain no secret.

import t from 'tap';
import { stringify } from 'yaml';
import type { Reading } from '../../../core/profile/profile.ts';
import { maskedProfile } from '../../../core/profile/show/print.ts';
import { renderProblems } from '../../../core/profile/show/render.ts';
import { dedent } from '../../support/dedent.ts';
import { readText, testCatalog } from '../../support/reading.ts';

type Format = 'text' | 'json' | 'github';
const show = ({ problems, sources }: Reading, format: Format, color = false): string =>
  renderProblems(problems, sources, { format, cwd: '/profiles', color });

const MISSPELT = dedent`
  camd: 1
  pipeline:
    cam:
      use: source/feed
      conect: 127.0.0.1:9000
`;

t.test('a problem is shown with its line and a caret', async (t) => {
  const reading = await readText(MISSPELT);

  t.equal(
    show(reading, 'text'),
    [
      'main.yaml:5:5  error  unknown-option',
      '  5 |     conect: 127.0.0.1:9000',
      '    |     ^^^^^^ source/feed has no option "conect"; did you mean "connect"?',
    ].join('\n'),
  );
  t.match(show(reading, 'text', true), '\u001b[31merror\u001b[0m');
  t.notMatch(show(reading, 'text'), '\u001b');
});

t.test('the same as data', async (t) => {
  const reading = await readText(MISSPELT);

  const data: unknown = JSON.parse(show(reading, 'json'));

  t.match(data, [{ code: 'unknown-option', severity: 'error', file: 'main.yaml', line: 5, column: 5, length: 6 }]);
  t.equal(renderProblems([], new Map(), { format: 'json', cwd: '/' }), '[]');
});

t.test('the same as annotations, with all that would end one escaped', async (t) => {
  const reading = await readText(MISSPELT, {});
  const place = { file: '/profiles/a,b:c%.yaml', line: 1, column: 2, length: 3 };
  const odd = renderProblems([{ code: 'cycle', severity: 'warning', message: '50%\nmore', place }], new Map(), {
    format: 'github',
    cwd: '/profiles',
  });

  t.match(
    show(reading, 'github'),
    /^::error file=main\.yaml,line=5,col=5,endColumn=10,title=unknown-option::source\/feed/,
  );
  t.equal(odd, '::warning file=a%2Cb%3Ac%25.yaml,line=1,col=2,endColumn=4,title=cycle::50%25%0Amore');
});

t.test(
  'control characters of a profile do not reach the terminal, and long lines are cut around the caret',
  async (t) => {
    const reading = await readText(
      `camd: 1\npipeline:\n  cam: { use: source/feed, argv: ["${'x'.repeat(300)}"], "\u202e\u0007": 1, connect: 'a:1' }\n`,
    );

    const text = show(reading, 'text');

    t.notMatch(text, '\u0007');
    t.notMatch(text, '\u202e');
    t.ok(text.split('\n').every((line) => line.length < 300));
  },
);

t.test('no secret is in any output, wherever it stands and whatever is wrong beside it', async (t) => {
  const secret = 'hunter22-s3cret';
  const inFlow = (more: string) => `camd: 1\npipeline:\n  cam: { use: source/feed, ${more} }\n`;
  const texts = [
    inFlow(`token: ${secret}, conect: 1`),
    inFlow(`tokn: ${secret}, connect: 'a:1'`),
    inFlow(`connect: 'a:1', token: [${secret}]`),
    inFlow(`connect: 'a:1', token: "\${env:NONE:-${secret}}", mode: x`),
    inFlow(`connect: 'a:1', url: "http://me:${secret}@/", mode: x`),
    inFlow(`connect: 'a:1', url: "gopher://me:${secret}@host/"`),
    inFlow(`connect: 'a:1', token: x, token: ${secret}`),
    inFlow(`connect: 'a:1', token: "\${${secret}"`).replace('${hunter', '${env:hunter'),
    `camd: 1\npipeline:\n  cam: { use: source/fed, token: ${secret} }\n`,
    `camd: 1\npipeline:\n  cam: { use: source/feed, token: "${secret}\n  other: [`,
    `camd: 1\nvars: { t: ${secret}, t: 1 }\npipeline: { cam: { use: source/feed, token: "\${var:t}", mode: x } }\n`,
    `camd: 1\npipeline:\n  web: { use: http/front, users: [{ name: a, password: ${secret}, nam: 1 }] }\n`,
    `camd: 1\npipeline:\n  web: { use: http/front, users: { name: a, password: ${secret} } }\n`,
    `camd: 1\npipeline:\n  cam: { use: source/feed, connect: 'a:1', mode: "\${env:SECRET}", timeout: "\${env:SECRET}" }\n`,
  ];

  for (const text of texts) {
    const reading = await readText(text, { env: { SECRET: secret } });

    t.ok(reading.problems.length > 0);
    for (const format of ['text', 'json', 'github'] as const) {
      t.notMatch(show(reading, format), secret, `${format} of ${text}`);
    }
  }
});

t.test('a bare ${…} in a flow map is reported, with the advice to quote it', async (t) => {
  const reading = await readText(dedent`
    camd: 1
    pipeline:
      cam: { use: source/feed, connect: \${env:ADDRESS} }
  `);

  t.match(reading.problems, [{ code: 'bad-yaml', message: /quotes/, place: { line: 3 } }]);
});

t.test('where a secret comes from stays to be read', async (t) => {
  const reading = await readText(dedent`
    camd: 1
    pipeline: { cam: { use: source/feed, connect: 'a:1', token: "\${env:NONE}", url: "http://me:plain\${env:WORD}@host" } }
  `);

  t.match(show(reading, 'text'), 'token: "${env:NONE}", url: "http://********${env:WORD}@host" } }');
});

t.test('a token in a URL is shown neither in an excerpt nor in the resolved profile', async (t) => {
  const url = 'http://host/p?width=640&token=word-of-mine&key=${env:KEY}&a=b';
  const text = (more: string) =>
    `camd: 1\npipeline:\n  cam: { use: source/feed, connect: "a:1", url: "${url}"${more} }\n`;
  const env = { KEY: 'key-of-mine' };

  const wrong = show(await readText(text(', nonsense: 1'), { env }), 'text');
  const { profile } = await readText(text(''), { env });
  if (!profile) throw new Error('the profile is good');
  const printed = maskedProfile(profile, testCatalog());

  t.match(wrong, 'url: "http://host/p?width=640&token=************&key=${env:KEY}&a=b"');
  t.match(printed, { pipeline: { cam: { url: 'http://host/p?width=640&token=***&key=***&a=b' } } });
});

t.test('the resolved profile has every default, units as text and no secret', async (t) => {
  const { profile } = await readText(
    dedent`
      camd: 1
      watch: true
      pipeline:
        cam:
          use: source/feed
          connect: 'a:1'
          url: http://me:word-of-mine@host/$\${x}/\${file:/key}
          token: \${env:TOKEN}
          timeout: 90s
          parse: { use: frames, max_frame: 64KiB }
        keep: { use: cache/keep, from: [cam], limit: 30/m }
    `,
    { env: { TOKEN: 'abcdefgh' }, files: { '/key': 'key-in-a-file' } },
  );
  if (!profile) throw new Error('the profile is good');

  const printed = maskedProfile(profile, testCatalog());

  t.same(printed, {
    camd: 1,
    watch: true,
    log: { level: 'info', format: 'auto' },
    pipeline: {
      cam: {
        use: 'source/feed',
        connect: 'a:1',
        url: 'http://***@host/$${x}/***',
        token: '***',
        timeout: '90s',
        parse: { use: 'frames', max_frame: '64KiB' },
        mode: 'always',
      },
      keep: { use: 'cache/keep', from: ['cam'], limit: '30/m', count: 10, exact: false, max_bytes: '8MiB' },
    },
  });
  t.ok(profile.secrets.includes('word-of-mine'));
});

t.test('the resolved profile is a profile again', async (t) => {
  const { profile } = await readText(dedent`
    camd: 1
    pipeline:
      cam: { use: source/feed, connect: 'a:1', url: 'http://host/$\${x}', timeout: 1500ms, parse: { use: frames } }
      keep: { use: cache/keep, from: [cam], limit: 0.7/s, max_bytes: 1.5KiB }
      web: { use: http/front, users: [{ name: a }], tls: false }
      page: { use: http/page, on: web, from: keep, path: '/{camera}' }
  `);
  if (!profile) throw new Error('the profile is good');
  const printed = maskedProfile(profile, testCatalog());

  const again = (await readText(stringify(printed))).profile;

  for (const [id, { options, references }] of profile.nodes) {
    const { parse: _written, ...wanted } = options;
    t.match(again?.nodes.get(id)?.options, wanted);
    t.same(
      again?.nodes.get(id)?.references.map(({ to }) => to),
      references.map(({ to }) => to),
    );
    t.same(again?.nodes.get(id)?.parse, profile.nodes.get(id)?.parse);
  }
});
