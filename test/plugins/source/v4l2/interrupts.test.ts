// Services that use a camera otherwise: stopped before it is opened for a capture, and free to start when the request is done.

import t from 'tap';
import { type CaptureScope, openScope, type Service } from '../../../../core/contract/plugin.ts';
import { dedent } from '../../../support/dedent.ts';
import { type FakeCameras, fakeCameras } from '../../../support/fake-v4l2.ts';
import { type Ending, type Running, run } from '../../../support/harness.ts';

interface Services {
  /** The events in order. */
  readonly events: string[];
  /** The reason why the next stop fails. */
  trouble: string | undefined;
  readonly plugin: { use: string; schema: object; start(node: { id: string }): { service: Service } };
}

/** Services that write down when they are stopped and started, and how often the camera had been opened before. */
function services(cameras: FakeCameras): Services {
  const made: Services = {
    events: [],
    trouble: undefined,
    plugin: {
      use: 'acme/service',
      schema: { type: 'object', additionalProperties: false, provides: ['service'], properties: {} },
      start: ({ id }) => ({
        service: {
          async suspend() {
            if (made.trouble !== undefined) throw new Error(made.trouble);
            made.events.push(`stop ${id} after ${openings(cameras)}`);
            return async () => void made.events.push(`start ${id} after ${openings(cameras)}`);
          },
        },
      }),
    },
  };
  return made;
}

const openings = (cameras: FakeCameras): number =>
  ['left', 'right'].flatMap((name) => cameras.calls(name)).filter((call) => call.includes('--stream-to=-')).length;

async function machine(t: Ending): Promise<{ camd: Running; made: Services; cameras: FakeCameras }> {
  const cameras = await fakeCameras(t);
  const made = services(cameras);
  const yaml = dedent`
    camd: 1
    control: false
    pipeline:
      eyes:
        use: source/v4l2
        mode: still
        interrupts: both
        cameras:
          left: { device: ${cameras.plug('left')} }
          right: { device: ${cameras.plug('right')}, interrupts: [streamer, recorder] }
      both: { use: acme/service }
      streamer: { use: acme/service }
      recorder: { use: acme/service }
  `;
  return { camd: await run(t, yaml, { plugins: [made.plugin] }), made, cameras };
}

const capture = (camd: Running, camera: string, scope?: CaptureScope): Promise<unknown> =>
  camd.output('eyes').ask('capture', camera, scope, new AbortController().signal);

t.test(
  'the service of the node is stopped before the camera is opened, and starts when the request ends',
  async (t) => {
    const { camd, made } = await machine(t);
    const { scope, end } = openScope(new AbortController().signal);

    await capture(camd, 'left', scope);
    t.same(made.events, ['stop both after 0'], 'it stays stopped while the request lasts');
    await end();

    t.same(made.events, ['stop both after 0', 'start both after 1']);
  },
);

t.test('a camera with its own interrupts does not stop the services of the node', async (t) => {
  const { camd, made } = await machine(t);
  const { scope, end } = openScope(new AbortController().signal);

  await capture(camd, 'right', scope);
  await end();

  t.same(made.events.slice(0, 2).sort(), ['stop recorder after 0', 'stop streamer after 0']);
  t.same(made.events.slice(2).sort(), ['start recorder after 1', 'start streamer after 1']);
});

t.test('several captures of one request stop a service once', async (t) => {
  const { camd, made } = await machine(t);
  const { scope, end } = openScope(new AbortController().signal);

  await Promise.all([capture(camd, 'left', scope), capture(camd, 'left', scope), capture(camd, 'left', scope)]);
  await end();

  t.same(made.events, ['stop both after 0', 'start both after 1']);
});

t.test('a service that cannot be stopped: no picture, and the camera is not opened', async (t) => {
  const { camd, made, cameras } = await machine(t);
  made.trouble = 'access denied';
  const { scope, end } = openScope(new AbortController().signal);

  await t.rejects(capture(camd, 'left', scope), { message: /access denied/ });
  await end();

  t.equal(openings(cameras), 0);
});

t.test(
  'an unknown node, a node that is no service, and a stream that never ends are refused at validation',
  async (t) => {
    const cameras = await fakeCameras(t);
    const made = services(cameras);
    const reading = (options: string): Promise<Running> =>
      run(
        t,
        dedent`
        camd: 1
        control: false
        pipeline:
          eyes: { use: source/v4l2, device: /dev/video99, ${options} }
          other: { use: source/test-pattern }
          streamer: { use: acme/service }
      `,
        { plugins: [made.plugin] },
      );

    await t.rejects(reading('mode: still, interrupts: streamr'), { message: /streamr.*streamer/ });
    await t.rejects(reading('mode: still, interrupts: other'), { message: /service/ });
    await t.rejects(reading('mode: always, interrupts: streamer'), {
      message: /interrupts stops services for single captures/,
    });
  },
);
