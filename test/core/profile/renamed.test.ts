// Former names of options: valid for ever, with a warning that names the present one.

import t from 'tap';
import { dedent } from '../../support/dedent.ts';
import { found, readText } from '../../support/reading.ts';

const head = dedent`
  camd: 1
  pipeline:
    cam: { use: source/feed, connect: '127.0.0.1:9' }
`;

t.test('an option under its former name has its value, and a warning at its place with the present name', async (t) => {
  const reading = await readText(`${head}  keep: { use: cache/keep, from: cam, number: 7 }\n`);

  t.same(found(reading), []);
  t.equal(reading.profile?.nodes.get('keep')?.options.count, 7);
  const [warning] = reading.problems.filter(({ code }) => code === 'deprecated');
  t.match(warning, { severity: 'warning', place: { line: 4, column: 39, length: 6 } });
  t.equal(warning?.message, '"number" is now called "count": write "count:" instead.');
});

t.test('former names inside of maps and lists count, and a secret under one stays secret', async (t) => {
  const front = '  front: { use: http/front, users: [{ name: ann, pass: Kingfisher-4711 }] }\n';
  const reading = await readText(`${head}${front}`);

  t.same(reading.profile?.nodes.get('front')?.options.users, [{ name: 'ann', password: 'Kingfisher-4711' }]);
  t.ok(found(reading, 'warning').some((line) => line.startsWith('deprecated main.yaml:4:')));
  t.notMatch([...reading.masked().values()].join(), 'Kingfisher');
});

t.test('a wrong value under the former name is reported with the present name, at its place', async (t) => {
  const reading = await readText(`${head}  keep: { use: cache/keep, from: cam, number: 700 }\n`);

  t.match(found(reading), [/^out-of-range main.yaml:4:47/]);
});

t.test('both names at once are an error: it is unclear which one applies', async (t) => {
  const reading = await readText(`${head}  keep: { use: cache/keep, from: cam, number: 7, count: 8 }\n`);

  t.match(found(reading), [/^wrong-value main.yaml:4:39/]);
});
