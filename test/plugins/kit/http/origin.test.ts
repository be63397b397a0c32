// Requests from pages of another origin or site, behind trusted proxies and without.

import type { IncomingHttpHeaders } from 'node:http';
import t from 'tap';
import { type Forwarded, forwardedOf, isForeign, isFromElsewhere } from '../../../../plugins/kit/http/origin.ts';

const NONE: ReadonlySet<string> = new Set();
const forwarded = (host?: string, proto?: string, port?: string): Forwarded => ({ host, proto, port });

t.test('the first of several forwarded values is used', (t) => {
  t.strictSame(
    forwardedOf({
      host: 'Inner:81',
      'x-forwarded-host': 'Cam.Example.org, inner',
      'x-forwarded-proto': 'HTTPS,http',
      'x-forwarded-port': '8443, 80',
    }),
    forwarded('cam.example.org', 'https', '8443'),
  );
  t.strictSame(forwardedOf({ host: 'Inner:81', 'x-forwarded-host': ' ' }), forwarded('inner:81'));
  t.strictSame(forwardedOf({ 'x-forwarded-host': ['A', 'b'] }), forwarded('a'));
  t.strictSame(forwardedOf({}), forwarded());
  t.end();
});

t.test('a request is foreign when its page is served under another name, port or scheme', (t) => {
  const cases: readonly (readonly [boolean, IncomingHttpHeaders, Forwarded?])[] = [
    // Programs send no Origin.
    [false, {}],
    [false, { host: 'cam', 'sec-fetch-site': 'same-site' }],
    [true, { host: 'cam', 'sec-fetch-site': 'cross-site' }],
    [false, { host: 'cam', origin: 'http://cam' }],
    [false, { host: 'CAM', origin: 'HTTP://Cam' }],
    [false, { host: 'cam:80', origin: 'http://cam' }],
    [false, { host: 'cam:443', origin: 'https://cam' }],
    [false, { host: 'cam', origin: 'https://cam:443' }],
    [true, { host: 'cam:80', origin: 'https://cam' }],
    [true, { host: 'cam:443', origin: 'http://cam' }],
    [true, { host: 'cam:8080', origin: 'http://cam' }],
    [true, { host: 'cam', origin: 'http://evil' }],
    [false, { host: 'cam', origin: 'http://evil', 'sec-fetch-site': 'same-origin' }],
    [true, { host: 'cam', origin: 'null' }],
    [true, { host: 'cam', origin: 'http://cam/path' }],
    [true, { origin: 'http://cam' }],
    [true, { host: '', origin: 'http://cam' }],
    // A proxy that terminates TLS may change the scheme, unless it forwards it.
    [false, { host: 'cam', origin: 'https://cam' }],
    [true, { host: 'cam', origin: 'https://cam' }, forwarded('cam', 'http')],
    [false, { host: 'inner', origin: 'https://cam' }, forwarded('cam', 'https')],
    [true, { host: 'cam', origin: 'https://cam' }, forwarded('other', 'https')],
    [true, { host: 'cam', origin: 'https://cam' }, forwarded(undefined, 'https')],
    // The port from a proxy applies to a name without one.
    [false, { origin: 'https://cam:8443' }, forwarded('cam', 'https', '8443')],
    [true, { origin: 'https://cam:8444' }, forwarded('cam', 'https', '8443')],
    [false, { origin: 'https://cam:8444' }, forwarded('cam:8444', 'https', '8443')],
    // A trusted proxy may have removed the port, but not the name.
    [false, { origin: 'https://cam:8443' }, forwarded('cam', 'https')],
    [true, { origin: 'https://evil:8443' }, forwarded('cam', 'https')],
    [true, { origin: 'https://cam' }, forwarded('cam:8443', 'https')],
    [true, { host: 'cam', origin: 'http://cam:8080' }],
  ];
  for (const [foreign, headers, by] of cases) {
    t.equal(isForeign(headers, NONE, by), foreign, JSON.stringify([headers, by]));
  }
  t.equal(isForeign({ host: 'cam', origin: 'http://Friend' }, new Set(['http://friend'])), false);
  t.end();
});

t.test('routes for pages of camd refuse requests from any other site', (t) => {
  const cases: readonly (readonly [boolean, IncomingHttpHeaders])[] = [
    [false, { host: 'cam' }],
    [false, { host: 'cam', 'sec-fetch-site': 'same-origin' }],
    [false, { host: 'cam', 'sec-fetch-site': 'none' }],
    [true, { host: 'cam', 'sec-fetch-site': 'same-site' }],
    [true, { host: 'cam', 'sec-fetch-site': 'cross-site' }],
    [true, { host: 'cam', 'sec-fetch-site': 'none', origin: 'http://evil' }],
  ];
  for (const [elsewhere, headers] of cases) t.equal(isFromElsewhere(headers), elsewhere, JSON.stringify(headers));
  t.end();
});
