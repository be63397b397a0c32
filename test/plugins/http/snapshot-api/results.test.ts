// Answers of http/snapshot-api for pictures that failed in part or as a whole.

import t from 'tap';
import { environment, type Fact, type Frame } from '../../../../core/contract/plugin.ts';
import { rangeOf } from '../../../../plugins/http/snapshot-api/pictures.ts';
import { apiSeveral, apiSingle, pageResult } from '../../../../plugins/http/snapshot-api/results.ts';
import { frameOf } from '../../../conformance/store.ts';

const taken = (meta: Record<string, Fact>) => ({
  camera: 'a',
  result: { ...frameOf('a', 1, 1000.4), meta } satisfies Frame,
});

t.test('a picture without EXIF is kept and reported as such, in the words of the original', (t) => {
  const single = taken({ file: 'a.jpg', exif_error: 'no room' });
  const error = 'Image captured (a.jpg), but failed to embed IMU metadata.';

  t.same(apiSingle(single, ''), { status: 500, body: { success: false, error } });
  t.same(apiSeveral([single], '', 'x').body, { results: [{ camera_name: 'a', status: 'failure', error }] });
  t.same(pageResult(single, '', 'x'), { success: false, error, camera_name: 'a' });
  t.end();
});

t.test('skew, remarks and the age of the reading are in the answers, and names are escaped in paths', (t) => {
  const meta = { file: 'day 1/a.jpg', skew_ms: 1.5, remark: 'in turn', reading_age_ms: 3000, reading_stale: true };

  t.match(apiSingle(taken(meta), '/eyes'), {
    status: 200,
    body: { image_url_path: '/eyes/snapshots/day%201/a.jpg', skew_ms: 1.5, remark: 'in turn', reading_age_ms: 3000 },
  });
  t.match(pageResult(taken({ file: 'a.jpg', reading_missing: true }), '', 'x'), {
    capture_time_ms: 1000,
    reading_missing: true,
  });
  t.end();
});

t.test('a picture that was not stored and one without an answer are failures', (t) => {
  t.match(apiSingle(taken({}), ''), { status: 500, body: { error: /not stored/ } });
  t.match(apiSingle({ camera: 'a', result: undefined }, ''), { status: 500, body: { error: /gave no picture/ } });
  const fault = environment('busy', 'It is busy.');
  t.same(apiSeveral([{ camera: 'a', result: fault }], '', 'v4l2-ctl failed').body, {
    results: [{ camera_name: 'a', status: 'failure', error: 'v4l2-ctl failed: It is busy.' }],
  });
  t.end();
});

t.test('ranges: a single one is cut out, several and those of another version get the whole picture', (t) => {
  const range = (range: string, more = {}) => rangeOf({ range, ...more }, { size: 10 }, '"x"');

  t.same(range('bytes=0-0'), { first: 0, last: 0 });
  t.same(range('bytes=5-'), { first: 5, last: 9 });
  t.same(range('bytes=5-99'), { first: 5, last: 9 });
  t.same(range('bytes=-3'), { first: 7, last: 9 });
  t.same(range('bytes=-99'), { first: 0, last: 9 });
  t.same(range('bytes=0-3', { 'if-range': '"x"' }), { first: 0, last: 3 });
  for (const bad of ['bytes=10-', 'bytes=-0']) t.equal(range(bad), 'impossible', bad);
  for (const whole of ['bytes=0-1,3-4', 'bytes=4-2', 'lines=0-1', 'bytes=-']) t.equal(range(whole), undefined, whole);
  t.equal(range('bytes=0-3', { 'if-range': '"y"' }), undefined);
  t.end();
});
