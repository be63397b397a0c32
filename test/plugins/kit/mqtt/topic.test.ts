// Edge cases of topics and filters: levels, shares, error texts, and patterns with a camera.

import t from 'tap';
import {
  covers,
  filterFault,
  matches,
  topicOf,
  topicPattern,
  withoutShare,
} from '../../../../plugins/kit/mqtt/topic.ts';

t.test('every level of a topic must match its level in the filter', (t) => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ['a/b', 'a/b', true],
    ['a/b', 'a', false],
    ['a/b', 'a/b/', false],
    ['a/b', 'a/bc', false],
    ['a/bc', 'a/b', false],
    ['a/b', 'a/c', false],
    ['a//b', 'a//b', true],
    ['a/+/b', 'a//b', true],
    ['a/', 'a', false],
    ['a', 'a/', false],
    ['a/+', 'a/', true],
    ['+', '', true],
    ['a/#', 'ab', false],
    ['$a/+', '$a/b', true],
    ['a/$b', 'a/$b', true],
    ['$share/g/+', '$SYS', false],
  ];
  for (const [filter, topic, expected] of cases) t.equal(matches(filter, topic), expected, `${filter} and ${topic}`);
  t.end();
});

t.test('a filter covers another level by level', (t) => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ['a/b', 'a/b', true],
    ['a/+', 'a/b', true],
    ['a/+', 'a/+', true],
    ['a/b', 'a/+', false],
    ['a/#', 'a/b/c', true],
    ['a/#', 'a', true],
    ['a/#', 'a/#', true],
    ['a/+', 'a', false],
    ['a', 'a/b', false],
    ['a/b', 'a/c', false],
    ['+', '#', false],
    ['+/a', '$x/a', false],
    ['$x/+', '$x/a', true],
  ];
  for (const [allowed, filter, expected] of cases)
    t.equal(covers(allowed, filter), expected, `${allowed} and ${filter}`);
  t.end();
});

t.test('a fault is described as the rest of a sentence', (t) => {
  const cases: readonly (readonly [string, RegExp | undefined])[] = [
    ['', /^is empty$/],
    ['a\0', /NUL/],
    ['a/#/b', /"#" before its end/],
    ['a/b#', /"#" before its end/],
    ['#a', /"#" before its end/],
    ['a/b+', /"\+" next to other characters/],
    ['$share/g', /has no group or no topic/],
    ['$share//a', /has no group or no topic/],
    ['$share/g/a+', /"\+" next to other characters/],
    ['x'.repeat(65_536), /longer than 65535 bytes/],
    ['é'.repeat(32_768), /longer than 65535 bytes/],
    ['x'.repeat(65_535), undefined],
    ['a/+/#', undefined],
  ];
  for (const [filter, fault] of cases) {
    if (fault === undefined) t.equal(filterFault(filter), undefined, filter.slice(0, 20));
    else t.match(filterFault(filter), fault, filter.slice(0, 20));
  }
  t.equal(withoutShare('$share/g/a/b'), 'a/b');
  t.equal(withoutShare('share/g/a'), 'share/g/a');
  t.end();
});

t.test('a pattern is a filter, and reads the camera from its topics', (t) => {
  const cases: readonly (readonly [string, string, boolean, Readonly<Record<string, string | undefined>>])[] = [
    ['a/{camera}/b', 'a/+/b', true, { 'a/x/b': 'x', 'a/x/c': undefined, 'a/-x/b': '', 'a/x': undefined }],
    ['{camera}', '+', true, { x: 'x', 'x/y': undefined, $x: undefined }],
    ['a/cam-{camera}.jpg', 'a/+', true, { 'a/cam-x.jpg': 'x', 'a/x.jpg': '', 'a/cam-x_jpg': '', 'a/cam-.jpg': '' }],
    ['$share/g/a/{camera}', '$share/g/a/+', true, { 'a/x': 'x', 'g/x': undefined }],
    ['a/b', 'a/b', false, { 'a/b': '', 'a/c': undefined }],
    ['{camera}/#', '+/#', true, { 'x/y/z': 'x', x: 'x' }],
  ];
  for (const [text, filter, named, topics] of cases) {
    const pattern = topicPattern(text);
    t.equal(pattern.filter, filter, text);
    t.equal(pattern.named, named, text);
    for (const [topic, camera] of Object.entries(topics)) t.equal(pattern.camera(topic), camera, `${text}: ${topic}`);
  }
  const long = topicPattern('{camera}');
  t.equal(long.camera('x'.repeat(128)), 'x'.repeat(128));
  t.equal(long.camera('x'.repeat(129)), '');
  t.equal(topicOf('a/{camera}/{camera}', 'x'), 'a/x/x');
  t.end();
});
