// Log lines: their fields, no secrets, and rate limits.

import t from 'tap';
import { createLog, MAX_REASONS, REPEAT_MS } from '../../../core/base/log.ts';

function log(level: 'debug' | 'info' = 'info') {
  const lines: Record<string, unknown>[] = [];
  let now = 0;
  return {
    lines,
    wait(ms: number) {
      now += ms;
    },
    root: createLog({ level, write: (line) => void lines.push(JSON.parse(line)), monotonic: () => now }),
  };
}

t.test('every line of a node bears its id, its level, its time and its fields', (t) => {
  const { lines, root } = log();

  root.child('camera').info('a picture came', { bytes: 7 });
  root.child('camera').debug('not at this level');
  root.level('debug');
  root.child('other').debug('at this one');

  t.match(lines, [
    { node: 'camera', level: 'info', msg: 'a picture came', bytes: 7, time: /^\d{4}-\d\d-\d\dT[\d:.]+Z$/ },
    { node: 'other', level: 'debug', msg: 'at this one' },
  ]);
  t.end();
});

t.test('secrets are starred out wherever they stand, also within errors, JSON and URLs', (t) => {
  const { lines, root } = log();
  const node = root.child('camera');
  root.mask(['s3cr"t pass', 'abc']);

  node.warn('refused', { why: 'wrong password s3cr"t pass', url: `http://u:${encodeURIComponent('s3cr"t pass')}@h/` });
  node.error('failed', { cause: new Error('s3cr"t pass').stack, nested: { deep: ['s3cr"t pass'] } });
  node.info('abc is too short to be hidden');

  t.notMatch(JSON.stringify(lines), /s3cr|t%20pass/);
  t.match(lines[0], { why: 'wrong password ***', url: 'http://u:***@h/' });
  t.equal(lines.length, 3);
  t.equal(root.hide('said s3cr"t pass'), 'said ***');
  t.end();
});

t.test('a repeated warning is written once in a while, with the number of those left out', (t) => {
  const { lines, wait, root } = log();
  const [one, other] = [root.child('one'), root.child('other')];

  for (let i = 0; i < 100; i++) one.warn('frame skipped', { seq: i });
  other.warn('frame skipped');
  t.equal(lines.length, 2, 'once for each node');

  wait(REPEAT_MS);
  one.warn('frame skipped');
  t.match(lines[2], { node: 'one', repeated: 99 });
  t.end();
});

t.test('a warning with another reason is another one, but not without end', (t) => {
  const { lines, root } = log();

  for (let i = 0; i < 100; i++) root.warn('upload failed', { why: `reason ${i}` });

  t.equal(lines.length, MAX_REASONS);
  t.end();
});
