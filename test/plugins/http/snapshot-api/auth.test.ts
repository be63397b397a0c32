// http/snapshot-api behind a server with users: clients without credentials cannot take a picture or stop a service, by GET or POST.

import t from 'tap';
import { dedent } from '../../../support/dedent.ts';
import { fakeSystemctl } from '../../../support/fake-systemctl.ts';
import { fakeCameras } from '../../../support/fake-v4l2.ts';
import { type Ending, run } from '../../../support/harness.ts';

const UNIT = 'streamer.service';
const ANNA = `Basic ${Buffer.from('anna:open-sesame-42').toString('base64')}`;

async function machine(t: Ending, open: string) {
  const systemctl = fakeSystemctl(t, { [UNIT]: 'active' });
  const cameras = await fakeCameras(t);
  const camd = await run(
    t,
    dedent`
      camd: 1
      control: false
      pipeline:
        left: { use: source/v4l2, mode: still, device: ${cameras.plug('left')}, interrupts: streamer }
        streamer: { use: service/systemd, unit: ${UNIT} }
        disk: { use: store/disk, from: left, path: pictures, latest_as: none, min_free: 0B }
        web:
          use: http/server
          listen: 127.0.0.1:0
          auth: { basic: { users: { anna: open-sesame-42 } }, public: [${open}] }
        api: { use: http/snapshot-api, on: web, from: disk, cameras: left, services: streamer }
    `,
  );
  const { origin } = camd.port('web', 'server');
  const status = async (path: string, method = 'GET', authorization = ''): Promise<number> => {
    const headers: Record<string, string> = authorization === '' ? {} : { authorization };
    const response = await fetch(origin + path, { method, headers });
    await response.arrayBuffer();
    return response.status;
  };
  return { status, systemctl, cameras };
}

const CAPTURES = ['/api/snapshot/left', '/api/snapshot/all', '/api/snapshot/stereo', '/ui/snapshot/left'];

t.test('without credentials every request is refused, no service stops and no camera is opened', async (t) => {
  const { status, systemctl, cameras } = await machine(t, '');

  for (const path of CAPTURES) {
    t.equal(await status(path), 401, path);
    t.equal(await status(path, 'POST'), 401, path);
    t.equal(await status(path, 'POST', 'Basic YW5uYTp3cm9uZw=='), 401, `${path} with a wrong password`);
  }
  for (const path of ['/', '/api/cameras', '/snapshots/x.jpg', '/download/x.jpg'])
    t.equal(await status(path), 401, path);
  t.same(systemctl.calls(), []);
  t.same(cameras.calls('left'), []);
});

t.test('a user of the server takes pictures like any client without auth', async (t) => {
  const { status, systemctl } = await machine(t, '');

  t.equal(await status('/api/snapshot/left', 'POST', ANNA), 200);
  t.equal(await status('/', 'GET', ANNA), 200);
  t.same(systemctl.calls(), [`stop ${UNIT}`, `start ${UNIT}`]);
});

t.test('a public list of cameras permits no pictures', async (t) => {
  const { status, systemctl } = await machine(t, '/api/cameras, /snapshots/*');

  t.equal(await status('/api/cameras'), 200);
  t.equal(await status('/api/snapshot/left'), 401);
  t.equal(await status('/api/snapshot/left', 'POST'), 401);
  t.same(systemctl.calls(), []);
});
