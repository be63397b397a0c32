// The camera of a request, and advice about paths and times of nodes that show pictures.

import t from 'tap';
import { checkOneCamera, checkStaleAfter } from '../../../../plugins/kit/stills/advice.ts';
import {
  type CameraQuestion,
  cameraOf,
  chooseCamera,
  createCameraChoice,
} from '../../../../plugins/kit/stills/cameras.ts';

const question = (more: Partial<CameraQuestion>): CameraQuestion => ({
  asked: undefined,
  fixed: undefined,
  known: () => [],
  has: () => false,
  ...more,
});

t.test('the camera of the path overrides that of the profile; without either, the only camera is used', (t) => {
  const several = { known: () => ['a', 'b'] };
  const cases: readonly (readonly [Partial<CameraQuestion>, unknown])[] = [
    [{ asked: 'a', has: (camera) => camera === 'a' }, { camera: 'a' }],
    [{ asked: 'b', ...several }, { camera: 'b' }],
    [
      { asked: 'x', ...several },
      { status: 404, message: 'there is no camera with this name' },
    ],
    [{ asked: 'b', fixed: 'a', ...several }, { camera: 'b' }],
    [
      { asked: 'x', fixed: 'a' },
      { status: 404, message: 'there is no camera with this name' },
    ],
    [{ asked: 'a', fixed: 'a' }, { camera: 'a' }],
    [{ fixed: 'later' }, { camera: 'later' }],
    [{}, { status: 503, message: 'no camera has sent a picture yet' }],
    [{ known: () => ['a'] }, { camera: 'a' }],
    [several, { status: 404, message: 'this path is for a single camera, but there are several' }],
  ];
  for (const [more, answer] of cases) t.strictSame(chooseCamera(question(more)), answer, JSON.stringify(more));
  t.equal(cameraOf({ camera: 'a' }), 'a');
  t.equal(cameraOf({ status: 404, message: '' }), undefined);
  t.end();
});

t.test('the choice of the only camera is cached for a short time, as long as it has pictures', (t) => {
  let now = 1000;
  let looks = 0;
  let cameras = ['a'];
  let has = true;
  const choose = createCameraChoice(
    {
      fixed: undefined,
      known: () => {
        looks++;
        return cameras;
      },
      has: () => has,
    },
    () => now,
  );

  t.strictSame(choose(undefined), { camera: 'a' });
  t.equal(looks, 1);
  cameras = ['a', 'b'];
  now += 249;
  t.strictSame(choose(undefined), { camera: 'a' });
  t.equal(looks, 1, 'the list is not read again');
  t.strictSame(choose('b'), { camera: 'b' }, 'a named camera is not affected');
  now += 1;
  t.match(choose(undefined), { status: 404 });
  t.equal(looks, 2);
  cameras = ['b'];
  t.strictSame(choose(undefined), { camera: 'b' }, 'an error is not cached');
  has = false;
  cameras = ['c'];
  t.strictSame(choose(undefined), { camera: 'c' });
  t.end();
});

t.test('a stale_after no longer than the picture interval gives a warning', (t) => {
  t.same(checkStaleAfter('stale_after', undefined, { interval: 5000 }), []);
  t.same(checkStaleAfter('stale_after', 5000, { interval: undefined }), []);
  t.same(checkStaleAfter('stale_after', 5001, { interval: 5000 }), []);
  t.strictSame(checkStaleAfter('stale_after', 5000, { interval: 5000 }), [
    {
      option: 'stale_after',
      code: 'advice',
      severity: 'warning',
      message: 'stale_after: after 5s a camera counts as offline, but its pictures come every 5s; write 10s or more.',
    },
  ]);
  t.end();
});

t.test('a path for one camera of several gives a warning with names and an example', (t) => {
  const message = (path: string, cameras: readonly string[] | undefined, camera?: string): unknown =>
    checkOneCamera(path, camera, { cameras, interval: undefined })[0]?.message;

  t.equal(message('/', undefined), undefined);
  t.equal(message('/', ['a']), undefined);
  t.equal(message('/', ['a', 'b'], 'a'), undefined);
  t.equal(message('/{camera}', ['a', 'b']), undefined);
  t.match(
    message('/', ['a', 'b']),
    /path: \/ is for one camera, but there are 2 \(a, b\), .* path: "\/\{camera\}", or/,
  );
  t.match(message('/live', ['a', 'b', 'c']), /there are 3 \(a, b, c\), .* path: "\/\{camera\}\/live", or/);
  t.match(message('/live', ['a', 'b', 'c', 'd']), /there are 4 \(a, b, c, 1 more\)/);
  t.match(message('/live', ['a', 'b', 'c', 'd', 'e']), /\(a, b, c, 2 more\)/);
  t.match(checkOneCamera('/', undefined, { cameras: ['a', 'b'], interval: undefined }), [
    { option: 'path', code: 'advice', severity: 'warning' },
  ]);
  t.end();
});
