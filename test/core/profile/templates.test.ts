// Templates: equal nodes share options, give values of their own, and each mistake stands at the line that has to change.

import t from 'tap';
import { dedent } from '../../support/dedent.ts';
import { validator } from '../../support/editor-schema.ts';
import { found, readText } from '../../support/reading.ts';

const FEEDS = dedent`
  camd: 1
  vars: { port: 9000, unit: s }
  templates:
    ip:
      use: source/feed
      connect: \${var:host}:\${var:port}
      timeout: 7\${var:unit}
      vars: { host: 10.0.0.1 }
  pipeline:
    one: { like: ip }
    two: { like: ip, vars: { host: 10.0.0.2, port: 81 } }
    three: { like: ip, timeout: 3s, connect: 'cam:1' }
    keep: { use: cache/keep, from: [one, two, three] }
    web: { use: http/front }
    page: { use: http/page, on: web, from: keep, path: / }
`;

t.test('a node has the options of its template, its own over them, and its own vars in both', async (t) => {
  const reading = await readText(FEEDS);

  t.same(reading.problems, []);
  const { nodes } = reading.profile ?? {};
  t.match(nodes?.get('one'), { use: 'source/feed', like: 'ip', options: { connect: '10.0.0.1:9000', timeout: 7000 } });
  t.match(nodes?.get('two')?.options, { connect: '10.0.0.2:81', timeout: 7000 });
  t.match(nodes?.get('three')?.options, { connect: 'cam:1', timeout: 3000 });
  t.notOk('vars' in (nodes?.get('two')?.options ?? {}));
});

t.test('null takes an option of the template away, and maps of both merge', async (t) => {
  const reading = await readText(dedent`
    camd: 1
    templates:
      ip: { use: source/feed, connect: 'a:1', timeout: 9s, parse: { use: frames, max_frame: 1MiB } }
    pipeline:
      one: { like: ip, timeout: null, parse: { max_frame: 2MiB } }
      keep: { use: cache/keep, from: one }
      web: { use: http/front }
      page: { use: http/page, on: web, from: keep, path: / }
  `);

  t.same(reading.problems, []);
  t.match(reading.profile?.nodes.get('one'), {
    options: { timeout: 5000 },
    parse: { options: { max_frame: 2 * 2 ** 20 } },
  });
});

t.test('templates of an included file serve this one, which may change them and their nodes', async (t) => {
  const reading = await readText(
    dedent`
      camd: 1
      include: [base.yaml]
      templates: { ip: { timeout: 2s } }
      pipeline:
        one: { vars: { host: b } }
        two: { like: ip, vars: { host: c } }
        keep: { use: cache/keep, from: '*' }
        web: { use: http/front }
        page: { use: http/page, on: web, from: keep, path: / }
    `,
    {
      files: {
        'base.yaml': dedent`
          camd: 1
          templates:
            ip: { use: source/feed, connect: '\${var:host}:1', timeout: 9s }
            spare: { use: source/feed }
          pipeline: { one: { like: ip, vars: { host: a } } }
        `,
      },
    },
  );

  t.same(reading.problems, []);
  t.match(reading.profile?.nodes.get('one')?.options, { connect: 'b:1', timeout: 2000 });
  t.match(reading.profile?.nodes.get('two')?.options, { connect: 'c:1', timeout: 2000 });
});

t.test('a mistake in the template is reported once, at its place there', async (t) => {
  const reading = await readText(FEEDS.replace('timeout: 7', 'timeuot: 7'));

  t.same(found(reading), ['unknown-option main.yaml:7:5+7']);
});

t.test('a mistake of one node is reported at that node', async (t) => {
  const wrong = await readText(
    FEEDS.replace('vars: { host: 10.0.0.1 }', '')
      .replace('one: { like: ip }', 'one: { like: ip, vars: { hots: x } }')
      .replace('timeout: 3s', 'timeout: 3'),
  );

  t.same(found(wrong), ['unset-variable main.yaml:10:3+3', 'wrong-unit main.yaml:12:31+1']);
  t.match(wrong.problems[0], {
    message: '"one" needs the var "host", which its template "ip" uses: vars: { host: … }.',
    related: { line: 6 },
  });
});

t.test('like and vars that are no names and no maps, and a template like another one', async (t) => {
  const wrong = async (from: string, to: string) => {
    const { problems } = await readText(FEEDS.replace(from, to));
    return problems.filter(({ severity }) => severity === 'error').map(({ message }) => message);
  };

  t.same(await wrong('one: { like: ip }', 'one: { like: pi }'), [
    'like: there is no template "pi"; did you mean "ip"?',
  ]);
  t.same(await wrong('one: { like: ip }', 'one: { like: [ip] }'), [
    '"like" must be the name of a template, one of "templates".',
  ]);
  t.same(await wrong('one: { like: ip }', 'one: { like: ip, vars: [a] }'), [
    '"vars" must be a map of names and values.',
  ]);
  t.same(await wrong('    use: source/feed', '    like: ip\n    use: source/feed'), [
    'A template cannot be like another template.',
  ]);
  t.match(await wrong('    use: source/feed', '    us: source/feed'), [/^Write "use:" instead of "us:"\.$/]);
  t.match(await wrong(/templates:[\s\S]*pipeline:/.exec(FEEDS)?.[0] ?? '', 'templates: { ip: 3 }\npipeline:'), [
    /^ip: 3 must be|templates\.ip: /,
  ]);
});

t.test('an unused template and an unused var of a node are reported', async (t) => {
  const reading = await readText(
    FEEDS.replace('one: { like: ip }', 'one: { like: ip, vars: { color: red } }').replace(
      'pipeline:',
      '  spare: { use: source/feed, token: hidden-secret }\npipeline:',
    ),
  );

  t.match(
    reading.problems.map(({ message }) => message),
    ['No node uses the template "spare".', 'Nothing uses the var "color" of "one".'],
  );
  t.notMatch([...reading.masked().values()].join(''), /hidden-secret/, 'secrets in it cannot be recognized');
});

t.test('editors accept templates and nodes that are like one, and complete their options', async (t) => {
  const validate = validator();
  const profile = (node: object) => ({
    camd: 1,
    templates: { ip: { use: 'source/rtsp', frames: '5/s' } },
    pipeline: { cam: node },
  });

  t.ok(validate(profile({ like: 'ip', vars: { host: 'a' } })), JSON.stringify(validate.errors));
  t.notOk(validate(profile({ vars: {} })), 'neither use nor like');
  t.notOk(validate({ ...profile({ like: 'ip' }), templates: { ip: { use: 'source/rtsp', fps: 1 } } }));
});
