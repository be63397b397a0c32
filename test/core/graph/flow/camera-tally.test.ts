// The statistics of a node's cameras: the newest frame and the frame rate.

import t from 'tap';
import { createCameraTally, MAX_TALLIED, rateOf } from '../../../../core/graph/flow/camera-tally.ts';
import { makeFrame } from '../../../../testing/frame.ts';

const data = Buffer.alloc(7);

/** A tally of frames that arrived at these monotonic milliseconds. */
function tallied(...arrivals: readonly number[]) {
  const tally = createCameraTally();
  for (const [index, arrived] of arrivals.entries()) tally.note(makeFrame('door', index + 1, { arrived, data }));
  const found = tally.get('door');
  if (!found) throw new Error('the camera is known');
  return found;
}

t.test('the newest frame is described, and all are counted', (t) => {
  const tally = createCameraTally();

  tally.note(makeFrame('door', 1, { arrived: 10, time: 1000, data, width: 3, height: 4 }));
  t.same(tally.get('door'), {
    frames: 1,
    time: 1000,
    arrived: 10,
    type: 'image/jpeg',
    width: 3,
    height: 4,
    size: 7,
    gap: 0,
  });
  tally.note(
    makeFrame('door', 2, { arrived: 110, time: 1200, data: Buffer.alloc(9), width: 5, height: 6, type: 'image/png' }),
  );

  t.same(tally.get('door'), {
    frames: 2,
    time: 1200,
    arrived: 110,
    type: 'image/png',
    width: 5,
    height: 6,
    size: 9,
    gap: 100,
  });
  t.equal(tally.get('gate'), undefined);
  t.end();
});

t.test('the gap between frames follows a new gap by a fifth', (t) => {
  t.equal(tallied(0, 100).gap, 100);
  t.equal(tallied(0, 100, 300).gap, 120);
  t.equal(tallied(0, 100, 300, 320).gap, 100);
  t.end();
});

t.test('a camera that was silent starts with its new gap', (t) => {
  t.equal(tallied(0, 100, 5100).gap, 100 + 4900 * 0.2, 'five seconds are not silence yet');
  t.equal(tallied(0, 100, 5101).gap, 5001, 'more than five seconds are');
  t.equal(tallied(0, 4000, 16_000).gap, 4000 + 8000 * 0.2, 'three gaps are not');
  t.equal(tallied(0, 4000, 16_001).gap, 12_001, 'more than three gaps are');
  t.end();
});

t.test('the rate is that of the gap until the camera is silent', (t) => {
  t.equal(rateOf(tallied(0), 1), 0);
  t.equal(rateOf(tallied(0, 100), 5100), 10);
  t.equal(rateOf(tallied(0, 100), 5101), 0);
  t.equal(rateOf(tallied(0, 4000), 16_000), 0.25);
  t.equal(rateOf(tallied(0, 4000), 16_001), 0);
  t.end();
});

t.test('the number of known cameras is limited, and cameras that leave free their place', (t) => {
  const tally = createCameraTally();
  for (let index = 0; index <= MAX_TALLIED; index++) tally.note(makeFrame(`c${index}`, 1, { data }));

  t.ok(tally.get(`c${MAX_TALLIED - 1}`));
  t.equal(tally.get(`c${MAX_TALLIED}`), undefined);
  tally.note(makeFrame('c0', 2, { data }));
  t.equal(tally.get('c0')?.frames, 2, 'a known camera keeps its count');

  tally.keep(new Set(['c0', 'c5']));
  tally.note(makeFrame('new', 1, { data }));

  t.ok(tally.get('c5'));
  t.equal(tally.get('c1'), undefined);
  t.ok(tally.get('new'));
  t.end();
});
