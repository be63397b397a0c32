// The HTTP requests that reach Moonraker; no server can read a target differently than the filter.

import fc from 'fast-check';
import t from 'tap';
import { READABLE_PATHS } from '../../../../plugins/http/moonraker-readonly/allow-list.ts';
import { filterTarget } from '../../../../plugins/http/moonraker-readonly/http-filter.ts';
import { encodeTarget } from '../../../../plugins/kit/proxy/canonical-path.ts';

const CLOSED = { exposeConfig: false };
const pass = (target: string, rules = CLOSED) => {
  const found = filterTarget(target, rules);
  return found && encodeTarget(found);
};

t.test('reading paths pass unchanged', async (t) => {
  for (const path of READABLE_PATHS) t.equal(pass(path), path);
  t.equal(
    pass('/server/files/gcodes/.thumbs/cube%20one-32x32.png'),
    '/server/files/gcodes/.thumbs/cube%20one-32x32.png',
  );
  t.equal(pass('/server/files/metadata?filename=a%2Fb%20c.gcode'), '/server/files/metadata?filename=a%2Fb%20c.gcode');
  t.equal(pass('/%73erver/info'), '/server/info', 'decoded once, then passed in the plain form');
});

t.test('paths that act, contain secrets or are unknown do not pass', async (t) => {
  const refused = [
    '/printer/emergency_stop /printer/gcode/script?script=G28 /printer/gcode/restart /printer/print/cancel',
    '/printer/firmware_restart /printer/restart /printer/query_endstops/status /pause_resume/pause /machine/reboot',
    '/access/api_key /access/oneshot_token /access/users/list /server/config /server/database/item?namespace=x',
    '/server/files/config/printer.cfg /server/files/klippy.log /server/files/moonraker.log /server/jsonrpc /websocket',
    '/klippysocket /server/files/gcodes/part.gcode /server/files/gcodes/ /server/files/gcodes /server/info/ /SERVER/info',
    '/server/webcams/test?uid=1 /machine/update/refresh / /printer/objects/query?configfile',
    '/printer/objects/query?configfile=settings /printer/objects/query?configfile%3Astr= /printer/objects/query?%63onfigfile',
  ];
  for (const target of refused.join(' ').split(' ')) t.equal(pass(target), undefined, target);
  t.equal(pass('/server/config', { exposeConfig: true }), '/server/config');
  t.equal(pass('/printer/objects/query?configfile', { exposeConfig: true }), '/printer/objects/query?configfile');
});

t.test('ambiguous targets do not pass', async (t) => {
  const odd = [
    '/server/files/gcodes/../config/x.png /server/files/gcodes/%2e%2e/config/x.png /server/files/gcodes/..%2fconfig/x.png',
    '/server/files/gcodes/..%5cconfig%5cx.png /server/files/gcodes/..\\x.png /server/files/gcodes/%252e%252e/x.png',
    '/server/files/gcodes/x.gcode%00.png /server/files/gcodes/x.gcode;.png /server/files/gcodes/x%3b.png',
    '/server//info //server/info /./server/info /server/info%0a /server/info%20 /server/%69nfo%ff /server/info%',
    'http://127.0.0.1/server/info server/info * /server/info#x /server/files/gcodes/x%c0%af.png /server/info\u00e9',
    `/server/info?x=${'y'.repeat(9000)} /server/info?x=%00 /server/info?x=%zz`,
  ];
  for (const target of odd.join(' ').split(' ')) t.equal(pass(target), undefined, target);
});

t.test('identity claims and acting parameters are removed from the query', async (t) => {
  t.equal(pass('/server/info?token=abc&access_token=d&x=1'), '/server/info?x=1');
  t.equal(pass('/server/info?t%6fken=abc&Token=a&token%3Astr=b&api_key=c'), '/server/info');
  t.equal(pass('/machine/update/status?refresh=true'), '/machine/update/status');
  t.equal(
    pass('/printer/objects/query?webhooks&configfile&toolhead=position,status'),
    '/printer/objects/query?webhooks&toolhead=position%2Cstatus',
  );
});

t.test('10,000 generated targets match a model that decodes until nothing changes', async () => {
  const words = [
    'server',
    'info',
    'printer',
    'objects',
    'query',
    'list',
    'files',
    'gcodes',
    'config',
    'x.png',
    'a.gcode',
  ];
  const piece = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...words) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        '..',
        '.',
        '',
        '%2e%2e',
        '%2E',
        '%2f',
        '%5c',
        '%252e',
        '%00',
        ';a',
        '%3b',
        'emergency_stop',
      ),
    },
    { weight: 1, arbitrary: fc.string({ maxLength: 6 }) },
  );
  const readable = fc.constantFrom(
    ...READABLE_PATHS,
    '/server/files/gcodes/x.png',
    '/server/config',
    '/printer/emergency_stop',
  );
  const spelled = readable.chain((path) =>
    fc
      .array(fc.integer({ min: 1, max: path.length - 1 }), { maxLength: 3 })
      .map((places) =>
        [...path].map((c, at) => (places.includes(at) ? `%${c.charCodeAt(0).toString(16)}` : c)).join(''),
      ),
  );
  const path = fc.oneof(
    fc.array(piece, { maxLength: 6 }).map((pieces) => `/${pieces.join('/')}`),
    spelled,
  );
  const query = fc.constantFrom('', '?', '?a=1', '?token=1', '?webhooks&configfile', '?configfile');
  const table = new Set(READABLE_PATHS);
  /** The most lenient reading of a path: decoded repeatedly, "\\" as "/", parameters cut, dots resolved. */
  const readings = (raw: string): string[] => {
    const all = [raw];
    for (let now = raw; ; ) {
      let next: string;
      try {
        next = decodeURIComponent(now);
      } catch {
        break;
      }
      if (next === now) break;
      all.push(next);
      now = next;
    }
    return all.map(
      (text) =>
        new URL(
          text
            .replaceAll('\\', '/')
            .replaceAll(/;[^/]*/g, '')
            .replaceAll('\0', ''),
          'http://h/',
        ).pathname,
    );
  };
  const harmless = (text: string): boolean => table.has(text) || /^\/server\/files\/gcodes\/.+\.png$/.test(text);

  fc.assert(
    fc.property(path, query, (rawPath, rawQuery) => {
      const out = pass(rawPath + rawQuery);
      if (out === undefined) {
        // Plainly spelled targets are not refused without cause.
        return !(table.has(rawPath) && ['', '?', '?a=1', '?token=1', '?webhooks&configfile'].includes(rawQuery));
      }
      const outPath = out.split('?', 1)[0] ?? '';
      if (/token/.test(out) || (outPath === '/printer/objects/query' && /configfile/.test(out))) return false;
      return readings(outPath).every((text) => harmless(decodeURIComponent(text)));
    }),
    { numRuns: 10_000 },
  );
});
