// One uploader for each camera, and one report for all of them.

import t from 'tap';
import type { CameraUploader, CameraUploaderState } from '../../../../plugins/kit/upload/camera-uploader.ts';
import { createCameraUploaders, type UploaderStates } from '../../../../plugins/kit/upload/camera-uploaders.ts';
import { HEALTHY } from '../../../../plugins/kit/upload/policy.ts';

const state = (notBefore: number): CameraUploaderState => ({ policyState: HEALTHY, notBefore, small: false });

function world(states: UploaderStates = new Map()) {
  const reports: string[] = [];
  const made: [string, CameraUploaderState | undefined][] = [];
  const ends = new Map<string, AbortSignal>();
  const uploaders = createCameraUploaders({
    create(camera, before) {
      made.push([camera, before]);
      return { name: camera, state: () => state(camera.length), run: () => new Promise(() => {}) } as CameraUploader;
    },
    run: (uploader, end) => void ends.set((uploader as CameraUploader & { name: string }).name, end),
    degraded: (why) => void reports.push(why),
    healthy: () => void reports.push('healthy'),
    states,
  });
  return { uploaders, reports, made, ends, states };
}

t.test('each camera has one uploader, which continues from the state of its predecessor', (t) => {
  const { uploaders, made, states } = world(new Map([['gate', () => state(700)]]));
  uploaders.add('gate');
  uploaders.add('gate');
  uploaders.add('yard');

  t.strictSame(made, [
    ['gate', state(700)],
    ['yard', undefined],
  ]);
  t.equal(states.get('gate')?.().notBefore, 4, 'the next instance reads the state of the new uploader');
  t.end();
});

t.test('the first trouble is reported with the number of the others, and healthy when none remains', (t) => {
  const { uploaders, reports } = world();
  uploaders.report('a', undefined);
  uploaders.report('a', 'A waits.');
  uploaders.report('b', 'B waits.');
  uploaders.report('c', 'C waits.');
  uploaders.report('a', undefined);
  uploaders.report('c', undefined);
  uploaders.report('b', undefined);

  t.strictSame(reports, [
    'healthy',
    'A waits.',
    'A waits. Another camera waits, too.',
    'A waits. 2 other cameras wait, too.',
    'B waits. Another camera waits, too.',
    'B waits.',
    'healthy',
  ]);
  t.end();
});

t.test('a removed camera ends its uploader, its trouble and its state', (t) => {
  const { uploaders, reports, ends, made, states } = world();
  uploaders.add('gate');
  uploaders.add('yard');
  uploaders.report('gate', 'Gate waits.');
  uploaders.remove('yard');

  t.same(reports, ['Gate waits.'], 'a camera without trouble changes nothing in the report');
  t.match(ends.get('yard')?.reason, { name: 'AbortError', message: 'yard is gone' });
  t.equal(ends.get('gate')?.aborted, false);
  uploaders.remove('gate');
  t.same(reports, ['Gate waits.', 'healthy']);
  t.equal(ends.get('gate')?.aborted, true);
  t.equal(states.size, 0);
  uploaders.add('gate');
  t.same(made.at(-1), ['gate', undefined]);
  t.equal(ends.get('gate')?.aborted, false);
  t.end();
});
