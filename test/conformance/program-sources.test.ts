// Built-in sources that run a program, under the conformance suite of sources of camd/testing.

import { join } from 'node:path';
import t, { type Test } from 'tap';
import { type SourceSetup, sampleJpeg, sourceCases } from '../../testing/index.ts';
import { conform } from '../support/cases.ts';
import { fakeCameras } from '../support/fake-v4l2.ts';
import { freePort } from '../support/free-port.ts';
import { rtspServer } from '../support/rtsp.ts';
import { sourceSetup } from '../support/source-setup.ts';
import { stillCamera } from '../support/still-camera.ts';

t.setTimeout(240_000);

const PICTURE = sampleJpeg();
const EMIT = `const p=Buffer.from(process.argv[1],'base64');setInterval(()=>process.stdout.write(p),20)`;

conform(t, {
  'source/exec': sourceCases<Test>(() => {
    const command = JSON.stringify([process.execPath, '-e', EMIT, PICTURE.toString('base64')]);
    return sourceSetup(`source/exec, command: ${command}`, 'source/exec, command: [camd-no-such-program]');
  }),

  'source/still': sourceCases<Test>(async (t) => {
    const camera = stillCamera(t);
    const node = `source/still, command: ${camera.command('-s', '-o', '-')}, every: 20ms`;
    return sourceSetup(node, 'source/still, command: [camd-no-such-program]');
  }),

  'source/v4l2': sourceCases<Test>(async (t) => {
    const cameras = await fakeCameras(t);
    const at = (device: string) => `source/v4l2, device: ${device}`;
    return sourceSetup(at(cameras.plug('bench')), at(join(cameras.folder, 'nowhere')));
  }),

  'source/rtsp': sourceCases<Test>(async (t): Promise<SourceSetup> => {
    const server = await rtspServer(t, { fps: 10, gop: 2 });
    const of = (url: string, more = ''): string =>
      `camd: 1\npipeline:\n  cam: { use: source/rtsp, url: '${url}', capture_timeout: 1m, linger: 0ms${more} }\n`;
    return {
      id: 'cam',
      yaml: of(server.url),
      onDemand: of(server.url, ', mode: on_demand'),
      missing: of(`rtsp://127.0.0.1:${await freePort()}/cam`),
    };
  }),
});
