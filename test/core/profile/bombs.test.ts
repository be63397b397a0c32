// A small profile that would grow without end by what it refers to: refused in a short time, with its place.

import t from 'tap';
import { found, readText } from '../../support/reading.ts';

/** Each level repeats the one before it. */
function bomb(levels: number, times: number): string {
  const vars = Array.from({ length: levels }, (_, at) => {
    const value = at === 0 ? 'x'.repeat(10) : `\${var:a${at - 1}}`.repeat(times);
    return `  a${at}: "${value}"`;
  });
  return [
    'camd: 1',
    'vars:',
    ...vars,
    'pipeline:',
    `  one: { use: source/feed, connect: "\${var:a${levels - 1}}" }`,
  ].join('\n');
}

t.test('8 levels of 10 references are refused, and one that stays small is not', async (t) => {
  for (const [levels, times] of [
    [8, 10],
    [64, 2],
    [3, 2000],
  ] as const) {
    const { problems } = await readText(bomb(levels, times));
    const said = problems.map(({ message }) => message);
    t.match(said[0], /longer than 65536 characters with all that it refers to/, `${levels} × ${times}`);
    t.ok(said.length <= 2 && said.join('').length < 1024, 'once, in a few words');
  }
  t.notMatch(found(await readText(bomb(3, 4))).join('\n'), /longer than/);
});
