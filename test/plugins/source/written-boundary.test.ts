// source/http-stream and `parse: { use: multipart, boundary }`: the boundary of the profile overrides that of the camera.

import t from 'tap';
import { collect } from '../../support/collect.ts';
import { fakeCamera, join } from '../../support/fake-camera.ts';
import { run } from '../../support/harness.ts';
import { sampleJpeg } from '../../support/jpeg.ts';
import { until } from '../../support/until.ts';

const PICTURES = [1, 2, 3].map((seed) => sampleJpeg({ seed }));

const TYPES = [
  'Content-Type: text/html; charset=utf-8',
  'Content-Type: image/jpeg',
  'Content-Type: application/json',
  'Content-Type: multipart/x-mixed-replace; boundary=other',
  'Content-Type: multipart/form-data; boundary="other"',
  'X-Nothing: at all',
];

for (const type of TYPES) {
  t.test(`pictures arrive in spite of "${type}"`, async (t) => {
    const { port } = await fakeCamera(t, (socket) => {
      socket.write(`HTTP/1.1 200 OK\r\n${type}\r\n\r\n`);
      for (const picture of PICTURES) {
        const head = `--frame\r\nContent-Type: image/jpeg\r\nContent-Length: ${picture.length}\r\n\r\n`;
        socket.write(join(head, picture, '\r\n'));
      }
    });
    const camd = await run(
      t,
      `camd: 1
pipeline:
  cam: { use: source/http-stream, url: 'http://127.0.0.1:${port}/', parse: { use: multipart, boundary: frame } }
`,
    );
    const frames = collect(camd, 'cam');

    await until(() => frames.length >= PICTURES.length, 'three pictures');

    t.ok(PICTURES.every((picture, at) => frames[at]?.data.equals(picture)));
    t.match(camd.status('cam').state, { is: 'running' });
    t.equal(camd.status('cam').metrics.odd_boundary_differs_total, undefined);
  });
}
