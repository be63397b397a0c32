// Problems in the text, options and wiring of a profile: codes and places, not the wording.

import t from 'tap';
import { dedent } from '../../support/dedent.ts';
import { found, readText } from '../../support/reading.ts';
import { refused } from '../../support/refusals.ts';

refused(t, [
  {
    title: 'a bracket that is not closed',
    text: dedent`
      camd: 1
      pipeline:
        cam: { use: source/feed, connect: [
    `,
    problems: ['bad-yaml main.yaml:3:37+1'],
  },
  {
    title: 'a tab as indentation',
    text: 'camd: 1\npipeline:\n\tcam: 1\n',
    problems: ['bad-yaml main.yaml:3:1+1'],
  },
  {
    title: 'a tag of its own',
    text: dedent`
      camd: 1
      pipeline:
        cam: { use: source/feed, connect: !env ADDRESS }
    `,
    problems: ['bad-yaml main.yaml:3:37+4', 'wrong-value main.yaml:3:42+7'],
  },
  {
    title: 'two documents in one file',
    text: 'camd: 1\n---\ncamd: 1\n',
    problems: ['bad-yaml main.yaml:2:1+3'],
  },
  { title: 'an empty file', text: '# nothing\n', problems: ['bad-profile main.yaml:1:1+1'] },
  { title: 'a list instead of a map', text: '- camd\n', problems: ['bad-profile main.yaml:1:1+6'] },
  {
    title: 'a version of the language that is not known, and no pipeline',
    text: 'camd: 2\n',
    problems: ['missing-option main.yaml:1:1+1', 'wrong-value main.yaml:1:7+1'],
  },
  {
    title: 'a key that profiles do not have',
    text: dedent`
      camd: 1
      pipelin: {}
      pipeline: { cam: { use: source/feed, connect: 'a:1' } }
    `,
    problems: ['unknown-option main.yaml:2:1+7'],
  },
  {
    title: 'a key that profiles do not have, which was meant to be one that is missing',
    text: dedent`
      camd: 1
      pipelines: { cam: { use: source/feed, connect: 'a:1' } }
    `,
    problems: ['unknown-option main.yaml:2:1+9'],
  },
  {
    title: 'an id that stands twice',
    text: dedent`
      camd: 1
      pipeline:
        cam: { use: source/feed, connect: 'a:1' }
        cam: { use: source/feed, connect: 'b:1' }
    `,
    problems: ['duplicate-id main.yaml:4:3+3'],
  },
  {
    title: 'an id with a space in it',
    text: dedent`
      camd: 1
      pipeline:
        my cam: { use: source/feed, connect: 'a:1' }
    `,
    problems: ['bad-id main.yaml:3:3+6'],
  },
  {
    title: 'a plugin that does not exist, no plugin, and a parser as a node',
    text: dedent`
      camd: 1
      pipeline:
        a: { use: source/fed }
        b: { connect: 'a:1' }
        c: { use: parse/frames }
        d: source/feed
        e:
    `,
    problems: [
      'unknown-use main.yaml:3:13+10',
      'missing-option main.yaml:4:3+1',
      'unknown-use main.yaml:5:13+12',
      'wrong-type main.yaml:6:6+11',
      'wrong-type main.yaml:7:3+1',
    ],
  },
  {
    title: 'an unknown option, without the missing one that was meant by it',
    text: dedent`
      camd: 1
      pipeline:
        cam:
          use: source/feed
          conect: 127.0.0.1:9000
    `,
    problems: ['unknown-option main.yaml:5:5+6'],
  },
  {
    title: 'missing options, at the id',
    text: dedent`
      camd: 1
      pipeline:
        cam: { use: source/feed }
        keep: { use: cache/keep }
    `,
    problems: ['missing-option main.yaml:3:3+3', 'missing-option main.yaml:4:3+4'],
  },
  {
    title: 'two options that exclude each other',
    text: dedent`
      camd: 1
      pipeline:
        cam: { use: source/feed, connect: 'a:1', listen: ':1' }
    `,
    problems: ['wrong-value main.yaml:3:44+6'],
  },
  {
    title: 'wrong types, also in lists and in maps of lists',
    text: dedent`
      camd: 1
      pipeline:
        cam: { use: source/feed, connect: 9000, argv: [a, 1] }
        keep: { use: cache/keep, from: cam, count: '3', exact: yes, share: }
        web: { use: http/front, users: [{ name: ann, passwort: x }, { name: 7 }, {}], tls: 5 }
    `,
    problems: [
      'wrong-type main.yaml:3:37+4',
      'wrong-type main.yaml:3:53+1',
      'wrong-type main.yaml:4:46+3',
      'wrong-type main.yaml:4:58+3',
      'wrong-type main.yaml:4:63+5',
      'unknown-option main.yaml:5:48+8',
      'wrong-type main.yaml:5:71+1',
      'missing-option main.yaml:5:76+2',
      'wrong-type main.yaml:5:86+1',
    ],
  },
  {
    title: 'a unit that is missing or wrong',
    text: dedent`
      camd: 1
      pipeline:
        cam: { use: source/feed, connect: 'a:1', timeout: 5 }
        keep: { use: cache/keep, from: cam, max_bytes: 5s, limit: "5" }
    `,
    problems: ['wrong-unit main.yaml:3:53+1', 'wrong-unit main.yaml:4:50+2', 'wrong-unit main.yaml:4:61+3'],
  },
  {
    title: 'values out of their range',
    text: dedent`
      camd: 1
      pipeline:
        cam: { use: source/feed, connect: 'a:1', timeout: 1ms, argv: [], token: short }
        cam2: { use: source/feed, connect: 'a:1', timeout: 2h }
        keep: { use: cache/keep, from: cam, count: 0, share: 1.5 }
    `,
    problems: [
      'out-of-range main.yaml:3:53+3',
      'out-of-range main.yaml:3:64+2',
      'out-of-range main.yaml:3:75+5',
      'out-of-range main.yaml:4:54+2',
      'out-of-range main.yaml:5:46+1',
      'out-of-range main.yaml:5:56+3',
    ],
  },
  {
    title: 'values that are not allowed',
    text: dedent`
      camd: 1
      pipeline:
        cam: { use: source/feed, connect: nowhere, mode: allways, url: 'ftp://x/' }
    `,
    problems: ['wrong-value main.yaml:3:37+7', 'wrong-value main.yaml:3:52+7', 'wrong-value main.yaml:3:66+10'],
  },
  {
    title: 'references to nodes that do not exist or lack the port',
    text: dedent`
      camd: 1
      pipeline:
        cam: { use: source/feed, connect: 'a:1' }
        keep: { use: cache/keep, from: [cam, can] }
        web: { use: http/front }
        page: { use: http/page, on: keep, from: cam, path: / }
    `,
    problems: ['unknown-node main.yaml:4:40+3', 'missing-port main.yaml:6:31+4', 'missing-port main.yaml:6:43+3'],
  },
  {
    title: 'a reference to a node whose plugin is not known says nothing of ports',
    text: dedent`
      camd: 1
      pipeline:
        cam: { use: source/nothing }
        keep: { use: cache/keep, from: cam }
    `,
    problems: ['unknown-use main.yaml:3:15+14'],
  },
  {
    title: 'circles, also of one node',
    text: dedent`
      camd: 1
      pipeline:
        a: { use: cache/keep, from: b }
        b: { use: cache/keep, from: c }
        c: { use: cache/keep, from: a }
        d: { use: cache/keep, from: d }
    `,
    problems: ['cycle main.yaml:3:31+1', 'cycle main.yaml:6:31+1'],
  },
  {
    title: 'one address, device or route for two nodes',
    text: dedent`
      camd: 1
      pipeline:
        a: { use: source/feed, listen: "localhost:9000", device: /dev/video0 }
        b: { use: source/feed, listen: ":9000", device: /dev/../dev/video0 }
        keep: { use: cache/keep, from: [a, b] }
        web: { use: http/front }
        web2: { use: http/front }
        one: { use: http/page, on: web, from: keep, path: "/{camera}.jpg" }
        two: { use: http/page, on: web, from: keep, path: "/{name}.jpg" }
    `,
    problems: [
      'claimed-twice main.yaml:4:34+7',
      'claimed-twice main.yaml:4:51+18',
      'claimed-twice main.yaml:7:3+4',
      'duplicate-route main.yaml:9:53+13',
    ],
  },
  {
    title: 'a parser that does not exist and options that it does not have',
    text: dedent`
      camd: 1
      pipeline:
        a: { use: source/feed, connect: 'a:1', parse: frame }
        b: { use: source/feed, connect: 'a:1', parse: { use: frames, max: 1MiB, max_frame: 1 } }
        c: { use: source/feed, connect: 'a:1', parse: { max_frame: 1MiB } }
        d: { use: source/feed, connect: 'a:1', parse: 3 }
    `,
    problems: [
      'unknown-use main.yaml:3:49+5',
      'unknown-option main.yaml:4:64+3',
      'wrong-unit main.yaml:4:86+1',
      'missing-option main.yaml:5:49+19',
      'wrong-type main.yaml:6:49+1',
    ],
  },
]);

t.test('an alias bomb and endless nesting are refused', async (t) => {
  const levels = Array.from({ length: 30 }, (_, n) => `a${n + 1}: &a${n + 1} [*a${n}, *a${n}, *a${n}, *a${n}]`);
  const bomb = ['a0: &a0 [x]', ...levels].join('\n');

  t.match(found(await readText(bomb))[0], /^bad-yaml/);
  t.match(found(await readText('['.repeat(100_000)))[0], /^bad-yaml/);
  t.match(found(await readText('['.repeat(2000) + ']'.repeat(2000)))[0], /^bad-yaml/);
  t.match(found(await readText(`${'['.repeat(200)}${']'.repeat(200)}`))[0], /^bad-yaml/);
  t.match(found(await readText('camd: &x [*x]')).join(), /bad-yaml/);
});

t.test('warnings do not keep a profile from being used', async (t) => {
  const reading = await readText(dedent`
    camd: 1
    vars: { unused: 1 }
    pipeline:
      cam: { use: source/feed, connect: 'a:1', token: 12345678a }
  `);

  t.same(found(reading), []);
  t.same(found(reading, 'warning'), ['advice main.yaml:2:9+6', 'advice main.yaml:4:3+3', 'advice main.yaml:4:51+9']);
  t.ok(reading.profile);
});

t.test('of URLs that may hold secrets only those with a user or parameters are advised against', async (t) => {
  const advised = async (hook: string): Promise<boolean> => {
    const { problems } = await readText(dedent`
      camd: 1
      pipeline:
        cam: { use: source/feed, connect: 'a:1', hook: '${hook}' }
    `);
    return problems.some(({ message }) => message.startsWith('hook is a secret'));
  };

  t.notOk(await advised('http://host/path'));
  t.ok(await advised('http://user:word@host/'));
  t.ok(await advised('http://host/?token=x'));
});

t.test('the second place of a conflict is named', async (t) => {
  const { problems } = await readText(dedent`
    camd: 1
    pipeline:
      cam: { use: source/feed, connect: 'a:1' }
      cam: {}
  `);

  t.match(problems[0]?.related, { file: '/profiles/main.yaml', line: 3, column: 3, length: 3 });
});
