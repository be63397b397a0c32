// Patterns in references: "cam_*" stands for all nodes whose ids match and which provide what the option needs.

import t from 'tap';
import { matches } from '../../../core/profile/check/patterns.ts';
import { dedent } from '../../support/dedent.ts';
import { found, readText } from '../../support/reading.ts';

const profile = (from: string, more = ''): string => dedent`
  camd: 1
  pipeline:
    cam_1: { use: source/feed, connect: 'a:1' }
    cam_2: { use: source/feed, connect: 'b:1' }
    cam_web: { use: http/front }
    door: { use: source/feed, connect: 'c:1' }
    keep: { use: cache/keep, from: ${from} }
    page: { use: http/page, on: cam_web, from: keep, path: / }
    ${more}
`;

const targets = async (from: string) => {
  const { profile: read } = await readText(profile(from));
  return read?.nodes.get('keep')?.references[0]?.to;
};

t.test('a pattern names every node that matches and provides the port, in the order of the profile', async (t) => {
  t.same(await targets("'cam_*'"), ['cam_1', 'cam_2']);
  t.same(await targets("['d*', cam_2, 'cam_*']"), ['door', 'cam_2', 'cam_1'], 'none twice');
  t.same(await targets("'*'"), ['cam_1', 'cam_2', 'door'], 'the node itself is none of them');
});

t.test('a pattern that matches nothing, or nothing of use, or stands where one node is meant', async (t) => {
  const problems = async (text: string) => (await readText(text)).problems.filter((one) => one.severity === 'error');

  const none = await readText(profile("[cam_1, 'kam_*']"));
  t.same(found(none), ['unknown-node main.yaml:7:42+7']);
  t.match(none.problems[0]?.message, 'from: no node has an id that matches "kam_*".');
  t.match((await problems(profile("'cam_w*'")))[0]?.message, 'of the nodes that match "cam_w*" none provides frames.');
  const one = await problems(profile('door', "other: { use: http/page, on: 'cam_*', from: keep, path: /other }"));
  t.match(one[0]?.message, 'on names one node; the pattern "cam_*" is for options that take a list.');
});

t.test('a pattern that matches a node further down the stream is a cycle with its name', async (t) => {
  const loop = await readText(profile("'*'", 'after: { use: cache/keep, from: keep }'));

  t.match(loop.problems[0], { code: 'cycle', message: /keep → after → keep/ });
});

t.test('"*" stands for any characters, at any place', (t) => {
  const cases = [
    ['cam_*', 'cam_', true],
    ['cam_*', 'cam', false],
    ['*_front', 'cam_front', true],
    ['a*b*c', 'aXbYc', true],
    ['a*b*c', 'ac', false],
    ['a*a', 'a', false],
    ['a**a', 'aa', true],
    ['*', '', true],
    ['cam', 'cam', true],
  ] as const;

  for (const [pattern, id, expected] of cases) t.equal(matches(pattern, id), expected, `${pattern} ${id}`);
  const began = process.cpuUsage();
  t.notOk(matches(`${'a*'.repeat(5000)}b`, 'a'.repeat(20_000)));
  t.ok(process.cpuUsage(began).user < 5e6, 'no pattern takes time without bounds');
  t.end();
});
