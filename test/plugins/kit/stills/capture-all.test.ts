// Captures for one request: services are stopped and started once, however the request ends.

import t from 'tap';
import {
  type CaptureScope,
  environment,
  type Frame,
  isFault,
  type Ref,
  type Service,
} from '../../../../core/contract/plugin.ts';
import { captureAll, captureOne } from '../../../../plugins/kit/stills/capture-all.ts';
import { frameOf } from '../../../conformance/store.ts';

/** A service that records its calls. */
function service(id: string, journal: string[], refuse = false): Ref<Service> {
  const port: Service = {
    async suspend() {
      journal.push(`stop ${id}`);
      if (refuse) throw environment('denied', `${id} may not be stopped.`);
      return async () => void journal.push(`start ${id}`);
    },
  };
  return { id, current: () => port, bind: () => {} };
}

const never = new AbortController().signal;
const frame = (camera: string): Frame => frameOf(camera, 1, 1000);
const forEver = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });

t.test('services stop once for all cameras and start again in reverse order after the last picture', async (t) => {
  const journal: string[] = [];
  const [a, b] = [service('a', journal), service('b', journal)];
  const ask = async (camera: string, scope: CaptureScope): Promise<Frame> => {
    await scope.enter(a);
    await scope.enter(b);
    journal.push(`picture ${camera} ${String(scope.facts?.prefix)}`);
    return frame(camera);
  };

  const results = await captureAll(ask, ['x', 'y'], { signal: never, deadlineMs: 5000, facts: { prefix: 'p' } });

  t.same([...results.keys()], ['x', 'y']);
  t.same(journal, ['stop a', 'stop b', 'picture x p', 'picture y p', 'start b', 'start a']);
});

t.test('a service that cannot be stopped is tried once, and the other cameras have their pictures', async (t) => {
  const journal: string[] = [];
  const [bad, good] = [service('bad', journal, true), service('good', journal)];
  const ask = async (camera: string, scope: CaptureScope): Promise<Frame> => {
    await scope.enter(camera === 'free' ? good : bad);
    return frame(camera);
  };

  const results = await captureAll(ask, ['x', 'y', 'free'], { signal: never, deadlineMs: 5000 });

  t.match(results.get('x'), { code: 'denied' });
  t.match(results.get('y'), { code: 'denied' });
  t.match(results.get('free'), { camera: 'free' });
  t.same(journal, ['stop bad', 'stop good', 'start good']);
});

t.test('the deadline and an abort start the services again', async (t) => {
  const journal: string[] = [];
  const busy = service('busy', journal);
  const ask = async (camera: string, scope: CaptureScope, signal: AbortSignal): Promise<Frame> => {
    await scope.enter(busy);
    return camera === 'quick' ? frame(camera) : forEver(signal);
  };

  const late = await captureAll(ask, ['quick', 'slow'], { signal: never, deadlineMs: 500 });
  t.match(late.get('quick'), { camera: 'quick' });
  t.match(late.get('slow'), { code: 'capture-timeout', message: /within 500ms/ });

  const control = new AbortController();
  const left = captureAll(ask, ['slow'], { signal: control.signal, deadlineMs: 60_000 });
  const capture = captureOne(ask, 'slow', control.signal);
  control.abort(new Error('the node stops'));
  await t.rejects(left, { message: 'the node stops' });
  await t.rejects(capture, { message: 'the node stops' });
  t.equal(journal.filter((line) => line === 'stop busy').length, 3);
  t.equal(journal.filter((line) => line === 'start busy').length, 3);
});

t.test('cameras that exceed the USB bandwidth together are captured again, one by one', async (t) => {
  let under = 0;
  const ask = async (camera: string): Promise<Frame> => {
    const alone = ++under === 1;
    await new Promise((resolve) => setImmediate(resolve));
    under--;
    if (!alone) throw environment('usb-bandwidth', 'The USB bus has no bandwidth left.');
    return frame(camera);
  };

  const results = await captureAll(ask, ['x', 'y', 'z'], { signal: never, deadlineMs: 5000 });

  t.notOk([...results.values()].some(isFault));
});
