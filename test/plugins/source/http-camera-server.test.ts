// `dialect: camera-server` of source/http: the upload of existing camera servers, with its answers.

import t from 'tap';
import { cameraServer } from '../../support/camera-server.ts';
import { collect } from '../../support/collect.ts';
import { pictureMaker } from '../../support/pictures.ts';
import { tokenOf } from '../../support/push-camera.ts';

t.setTimeout(120_000);

const make = pictureMaker(2000);

t.test('camera and token come as fields, in the query, or as bearer, and the answer is 200', async (t) => {
  const server = await cameraServer(t);
  const frames = collect(server.camd, 'post');
  const post = async (fields: Record<string, string>, query = '', headers = {}, picture = make('x')) => {
    const form = new FormData();
    form.set('image', new Blob([new Uint8Array(picture)]), 'image.jpg');
    for (const [name, value] of Object.entries(fields)) form.set(name, value);
    const response = await fetch(`${server.origin}/update-image${query}`, { method: 'POST', body: form, headers });
    return [response.status, await response.text()];
  };

  t.same(await post({ cameraId: '7', token: tokenOf(7) }), [200, '200']);
  // PythonCameraScript.py sends no token; its URL is the first line of its settings.
  t.same(await post({ cameraId: '7' }, `?token=${tokenOf(7)}`), [200, '200']);
  t.same(await post({}, `?cameraId=7&token=${tokenOf(7)}`), [200, '200']);
  t.same(await post({ cameraId: '7' }, '', { authorization: `Bearer ${tokenOf(7)}` }), [200, '200']);
  t.ok(frames.length === 4 && frames.every(({ camera, data }) => camera === '7' && data.equals(make('x'))));

  t.same(await post({ cameraId: '99', token: tokenOf(7) }), [400, '{"message":"No camera with id 99"}']);
  t.same(await post({ cameraId: 'seven', token: tokenOf(7) }), [400, '{"message":"Invalid id in FormData"}']);
  t.same(await post({ cameraId: '7', token: tokenOf(1) }), [401, '{"message":"Invalid token"}']);
  t.same(await post({}, `?cameraId=7&token=${tokenOf(1)}`), [401, '{"message":"Invalid token"}']);
  t.match(await post({ cameraId: '7' }), [400, /"The token field is required\."/]);
  t.match(await post({ token: tokenOf(7) }), [400, /"The cameraId field is required\."/]);
  t.match(await post({ cameraId: '7', token: tokenOf(7) }, '', {}, Buffer.from('no picture')), [400, /cannot be used/]);
  t.equal(frames.length, 4);
});

t.test('a body without a form or a picture is answered as a missing field, like the original does', async (t) => {
  const server = await cameraServer(t);
  const form = new FormData();
  form.set('cameraId', '7');
  form.set('token', tokenOf(7));

  for (const body of [form, 'text']) {
    const response = await fetch(`${server.origin}/camera/update-image`, { method: 'POST', body });
    t.equal(response.status, 400);
    t.match(response.headers.get('content-type'), 'application/problem+json');
    t.match(await response.json(), { status: 400, errors: { image: ['The image field is required.'] } });
  }
});
