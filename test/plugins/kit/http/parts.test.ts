// Small parts of HTTP: bearer tokens, JSON answers, query parameters, and the URLs of cameras.

import t from 'tap';
import type { HttpReply } from '../../../../core/contract/http.ts';
import type { Ref, Server } from '../../../../core/contract/plugin.ts';
import { bearerOf } from '../../../../plugins/kit/http/bearer.ts';
import { reportServed, type Served } from '../../../../plugins/kit/http/camera-urls.ts';
import { json, message, queryOf } from '../../../../plugins/kit/http/json.ts';

t.test('a bearer token is read, with any case of its scheme', (t) => {
  const cases: readonly (readonly [string | undefined, string])[] = [
    ['Bearer abc', 'abc'],
    ['bearer   abc  ', 'abc'],
    ['Bearer', ''],
    ['Bearer a b', ''],
    ['Basic abc', ''],
    [undefined, ''],
  ];
  for (const [authorization, token] of cases) {
    t.equal(bearerOf(authorization === undefined ? {} : { authorization }), token, String(authorization));
  }
  t.end();
});

t.test('a query parameter is decoded, and the first of several is used', (t) => {
  const cases: readonly (readonly [string | undefined, string | undefined])[] = [
    ['/a?x=1&x=2', '1'],
    ['?x=%41', 'A'],
    ['/a?x', ''],
    ['/a?y=1', undefined],
    ['/a', undefined],
    [undefined, undefined],
  ];
  for (const [url, value] of cases) t.equal(queryOf(url, 'x'), value, String(url));
  t.end();
});

t.test('JSON answers are not cached, and errors have a message', (t) => {
  const written: unknown[] = [];
  const keep = (...values: unknown[]): HttpReply => {
    written.push(values.join(': '));
    return reply;
  };
  const reply = { code: keep, header: keep, type: keep, send: keep } as unknown as HttpReply;

  t.equal(json(reply, 201, { a: 1 }), reply);
  t.equal(message(reply, 404, 'no such camera'), reply);
  const head = ['cache-control: no-store', 'application/json; charset=utf-8'];
  t.strictSame(written, ['201', ...head, '{"a":1}', '404', ...head, '{"message":"no such camera"}']);
  t.end();
});

t.test('each camera is reported with its URLs', (t) => {
  const report = (more: Partial<Served>, origin: string | undefined = 'http://cam:8080') => {
    const on = { id: 'server', current: () => ({ origin }) as unknown as Server, bind: () => {} } as Ref<Server>;
    const served: Served = { on, paths: {}, cameras: () => ['gate', 'yard'], only: () => undefined, ...more };
    return [...reportServed(served)];
  };
  const named = { stream: '/{camera}/stream', page: '/c/{camera}/{camera}' };

  t.strictSame(report({ paths: named }), [
    ['gate', { urls: { stream: 'http://cam:8080/gate/stream', page: 'http://cam:8080/c/gate/gate' } }],
    ['yard', { urls: { stream: 'http://cam:8080/yard/stream', page: 'http://cam:8080/c/yard/yard' } }],
  ]);
  t.strictSame(
    report({ paths: { stream: '/stream' } }),
    [],
    'a path without {camera} gives no URL for several cameras',
  );
  t.strictSame(report({ paths: { stream: '/stream', still: '/{camera}' }, only: () => 'yard' }), [
    ['gate', { urls: { still: 'http://cam:8080/gate' } }],
    ['yard', { urls: { stream: 'http://cam:8080/stream', still: 'http://cam:8080/yard' } }],
  ]);
  t.strictSame(
    report(
      { paths: { still: '/{camera}' }, cameras: () => ['gate'], viewers: (camera) => camera.length },
      'unix:/run/x',
    ),
    [['gate', { urls: {}, viewers: 4 }]],
    'a socket has no URL',
  );
  t.end();
});
