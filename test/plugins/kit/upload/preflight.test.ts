// Preflight checks of uploads: pictures must be complete, fresh, large enough, and changed.

import t from 'tap';
import type { Frame } from '../../../../core/contract/frame.ts';
import { isWhole, LEAST_PICTURE, rejectReason } from '../../../../plugins/kit/upload/preflight.ts';
import { makeFrame } from '../../../../testing/index.ts';

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');
const frame = (data: Buffer, type: Frame['type'], more: Partial<Frame> = {}): Frame =>
  makeFrame('gate', 1, { data, type, ...more });

const JPEG = bytes('ff d8 00 00 00 00 ff d9');
const PNG = bytes('89 50 4e 47 00 00 49 45 4e 44 ae 42 60 82');

t.test('a picture is complete if it begins and ends as its type requires', (t) => {
  const changed = (data: Buffer, at: number): Buffer => {
    const copy = Buffer.from(data);
    const index = at < 0 ? data.length + at : at;
    copy.writeUInt8((data.readUInt8(index) + 1) & 0xff, index);
    return copy;
  };

  t.equal(isWhole(frame(JPEG, 'image/jpeg'), 0), true);
  for (const at of [0, 1, -2, -1]) t.equal(isWhole(frame(changed(JPEG, at), 'image/jpeg'), 0), false, `byte ${at}`);
  t.equal(isWhole(frame(changed(JPEG, 3), 'image/jpeg'), 0), true, 'bytes in between are not checked');
  t.equal(isWhole(frame(PNG, 'image/png'), 0), true);
  for (const at of [0, 1, 2, 3, -8, -7, -6, -5, -4, -3, -2, -1]) {
    t.equal(isWhole(frame(changed(PNG, at), 'image/png'), 0), false, `byte ${at}`);
  }
  t.equal(isWhole(frame(JPEG, 'image/png'), 0), false);
  t.equal(isWhole(frame(PNG, 'image/jpeg'), 0), false);
  t.end();
});

t.test('a picture has at least the required bytes, and those of its two ends', (t) => {
  t.equal(isWhole(frame(JPEG, 'image/jpeg'), 8), true);
  t.equal(isWhole(frame(JPEG, 'image/jpeg'), 9), false);
  t.equal(isWhole(frame(bytes('ff d8 00 00 00 ff d9'), 'image/jpeg'), 0), false);
  t.equal(isWhole(frame(bytes('ff d8'), 'image/jpeg'), 0), false);
  t.equal(isWhole(frame(Buffer.alloc(0), 'image/png'), 0), false);
  t.ok(LEAST_PICTURE > JPEG.length);
  t.end();
});

t.test('reject reasons in order: stale, truncated, unchanged', (t) => {
  const rules = { staleAfterMs: 100, least: 0, skipUnchanged: true };
  const whole = frame(JPEG, 'image/jpeg', { arrived: 50 });
  const broken = frame(JPEG.subarray(1), 'image/jpeg', { arrived: 50 });

  t.equal(rejectReason(whole, undefined, 150, rules), undefined);
  t.equal(rejectReason(whole, undefined, 151, rules), 'stale');
  t.equal(rejectReason(broken, broken, 151, rules), 'stale');
  t.equal(rejectReason(broken, broken, 150, rules), 'truncated');
  t.equal(rejectReason(whole, whole, 150, rules), 'unchanged');
  t.equal(rejectReason(whole, frame(Buffer.from(JPEG), 'image/jpeg'), 150, rules), 'unchanged');
  t.equal(rejectReason(whole, frame(PNG, 'image/png'), 150, rules), undefined);
  t.equal(rejectReason(whole, whole, 150, { ...rules, skipUnchanged: false }), undefined);
  t.end();
});
