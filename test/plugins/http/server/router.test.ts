// The live route table of http/server.

import t from 'tap';
import { createRouter, MEMORY } from '../../../../plugins/http/server/router.ts';

t.test('patterns return their parameters, and exact paths come first', async (t) => {
  const router = createRouter<string>(() => 0);
  router.attach(['GET'], '/{camera}.jpg', 'any');
  router.attach(['GET'], '/front.jpg', 'front');
  router.attach(['GET'], '/{camera}/{part}/x', 'two');
  router.attach(['GET'], '/a:b/{rest*}', 'rest');

  t.match(router.find('GET', '/back.1-x_y.jpg'), { is: 'found', route: 'any', params: { camera: 'back.1-x_y' } });
  t.match(router.find('GET', '/front.jpg'), { route: 'front', params: {} });
  t.match(router.find('GET', '/1/2/x'), { route: 'two', params: { camera: '1', part: '2' } });
  t.match(router.find('GET', '/a:b/c/d'), { route: 'rest', params: { rest: 'c/d' } });
  t.match(router.find('GET', `/${'%61'.repeat(128)}.jpg`), { params: { camera: 'a'.repeat(128) } });
  t.match(router.find('GET', '/a%2fb.jpg'), { params: { camera: 'a/b' } }, 'an encoded slash does not split a segment');
  t.equal(router.find('GET', '/a/b.jpg').is, 'missing');
  t.equal(router.find('GET', '/%zz.jpg').is, 'missing');
});

t.test('routes of one path with different methods are independent', async (t) => {
  const router = createRouter<string>(() => 0);
  const read = router.attach(['GET'], '/x/{id}', 'read');
  router.attach(['PUT', 'DELETE'], '/x/{name}', 'write');

  t.match(router.find('HEAD', '/x/1'), { route: 'read', params: { id: '1' } });
  t.match(router.find('PUT', '/x/1'), { route: 'write', params: { name: '1' } });
  t.strictSame(router.find('POST', '/x/1'), { is: 'other-method', allow: ['GET', 'PUT', 'DELETE', 'HEAD'] });
  read();
  t.strictSame(router.find('GET', '/x/1'), { is: 'other-method', allow: ['PUT', 'DELETE'] });
  t.strictSame(router.paths('PUT'), ['/x/{name}']);
});

t.test('the newest of equal routes wins, and the older one applies again once it is removed', async (t) => {
  const router = createRouter<string>(() => 0);
  const old = router.attach(['GET'], '/{a}', 'old');
  const young = router.attach(['GET'], '/{b}', 'young');

  t.match(router.find('GET', '/1'), { route: 'young', params: { b: '1' } });
  young();
  young();
  t.match(router.find('GET', '/1'), { route: 'old', params: { a: '1' } });
  old();
  t.equal(router.find('GET', '/1').is, 'missing');
});

t.test('a removed path is remembered for a moment', async (t) => {
  let now = 0;
  const router = createRouter<string>(() => now);
  router.attach(['GET'], '/{camera}.mjpg', 'x')();

  t.strictSame(router.find('GET', '/a.mjpg'), { is: 'missing', recent: true });
  t.strictSame(router.find('GET', '/a.jpg'), { is: 'missing', recent: false });
  now = MEMORY;
  t.strictSame(router.find('GET', '/a.mjpg'), { is: 'missing', recent: false });
});
