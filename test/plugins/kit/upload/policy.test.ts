// The failure policy of uploads, answer by answer, and other pure parts of the upload kit.

import fc from 'fast-check';
import t from 'tap';
import { type Outcome, parseRetryAfter, troubleOf } from '../../../../plugins/kit/upload/outcome.ts';
import {
  HEALTHY,
  LONGEST_RETRY_AFTER_MS,
  next,
  type PolicyRules,
  type PolicyState,
  SLOWEST_MS,
} from '../../../../plugins/kit/upload/policy.ts';
import { isWhole, rejectReason } from '../../../../plugins/kit/upload/preflight.ts';
import { bodyOf } from '../../../../plugins/upload/http/body.ts';
import { fill, fillUrl, hasFixedOrigin } from '../../../../plugins/upload/http/target.ts';
import { sampleJpeg } from '../../../support/jpeg.ts';

const RULES: PolicyRules = { everyMs: 10_000, server: 'api.test', random: () => 0.5 };
const answered = (status: number, retryAfterMs?: number): Outcome => ({
  is: 'answered',
  status,
  message: '',
  ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
});
const frame = (data: Buffer, arrived = 0) => ({
  ...{ data, arrived, type: 'image/jpeg' as const, width: 1, height: 1, hasHeadroom: false },
  ...{ camera: 'cam', key: '1', seq: 1, time: 0, meta: {} },
});

t.test('each answer is reported with a remedy', (t) => {
  const cases: readonly (readonly [number, RegExp])[] = [
    [400, /this picture or request\. Check the URL and the options\.$/],
    [401, /the credentials\. Check them; camd tries again every 5 minutes\.$/],
    [403, /do not allow this\. Check them/],
    [404, /the address or camera does not exist/],
    [413, /too large for it/],
    [418, /does not accept the request\. Check the URL and the options\.$/],
    [429, /too many requests/],
    [499, /does not accept the request/],
    [500, /it failed\. camd tries again\.$/],
    [503, /unavailable\. camd waits/],
  ];
  for (const [status, advice] of cases) {
    const { state } = next(HEALTHY, answered(status), RULES);
    t.match(state, { why: advice }, String(status));
    t.match(state, { why: new RegExp(`^api\\.test answered ${status}: `) });
  }
  t.end();
});

t.test('each answer leads to its own state and pause', async (t) => {
  const cases: readonly [Outcome, string, number][] = [
    [answered(400), 'picture', 11_000],
    [answered(401), 'credentials', SLOWEST_MS],
    [answered(403), 'credentials', SLOWEST_MS],
    [answered(401, 0), 'credentials', SLOWEST_MS],
    [answered(403, 600_000), 'credentials', 600_500],
    [answered(404), 'picture', 11_000],
    [answered(413), 'size', 11_000],
    [answered(429, 30_000), 'passing', 30_500],
    [answered(503, 2000), 'passing', 10_500],
    [answered(503, 9e9), 'passing', LONGEST_RETRY_AFTER_MS + 500],
    [answered(503, 0), 'passing', 10_500],
    [answered(500), 'passing', 11_000],
    [answered(500, 0), 'passing', 11_000],
    [answered(500, 60_000), 'passing', 60_500],
    [{ is: 'failed', trouble: 'timeout', detail: '' }, 'passing', 11_000],
    [{ is: 'failed', trouble: 'dns', detail: '' }, 'passing', 11_000],
    [{ is: 'failed', trouble: 'tls', detail: '' }, 'passing', 11_000],
    [{ is: 'redirected', status: 302, to: 'http://else' }, 'passing', 11_000],
  ];
  for (const [outcome, kind, waitMs] of cases) {
    const step = next(HEALTHY, outcome, RULES);

    t.match(step, { state: { is: 'failing', failures: 1, kind, why: /api\.test.*\.$/ } }, JSON.stringify(outcome));
    t.equal(step.waitMs, waitMs, JSON.stringify(outcome));
  }
  t.strictSame(next(HEALTHY, { is: 'accepted', status: 204, body: Buffer.alloc(0) }, RULES), {
    state: HEALTHY,
    waitMs: 10_000,
  });
});

t.test('for any outcomes, the pause is at least the interval and at most the limit', async () => {
  const anyOutcome: fc.Arbitrary<Outcome> = fc.oneof(
    fc.constant<Outcome>({ is: 'accepted', status: 204, body: Buffer.alloc(0) }),
    fc
      .tuple(fc.integer({ min: 300, max: 599 }), fc.option(fc.nat(), { nil: undefined }))
      .map(([s, r]) => answered(s, r)),
    fc
      .constantFrom('timeout', 'dns', 'tls', 'refused', 'reset', 'network')
      .map((trouble): Outcome => ({ is: 'failed', trouble, detail: '' })),
  );
  fc.assert(
    fc.property(
      fc.array(anyOutcome, { maxLength: 40 }),
      fc.integer({ min: 100, max: 900_000 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (outcomes, everyMs, chance) => {
        let state: PolicyState = HEALTHY;
        return outcomes.every((outcome) => {
          const step = next(state, outcome, { ...RULES, everyMs, random: () => chance });
          state = step.state;
          const most =
            outcome.is === 'answered' && outcome.retryAfterMs !== undefined
              ? LONGEST_RETRY_AFTER_MS + 1000
              : SLOWEST_MS;
          return (
            step.waitMs >= everyMs &&
            step.waitMs <= Math.max(most, everyMs + 1000) &&
            (outcome.is !== 'accepted' || state.is === 'well')
          );
        });
      },
    ),
  );
});

t.test('Retry-After is seconds or a date', async (t) => {
  const now = Date.parse('2026-11-20T10:00:00Z');

  t.equal(parseRetryAfter('120', now), 120_000);
  t.equal(parseRetryAfter('Fri, 20 Nov 2026 10:01:00 GMT', now), 60_000);
  t.equal(parseRetryAfter('Fri, 20 Nov 2026 09:00:00 GMT', now), 0);
  t.equal(parseRetryAfter('Friday, 20-Nov-26 10:01:00 GMT', now), 60_000, 'an obsolete format');
  t.equal(parseRetryAfter('99999999999999999999', now), 1e23, 'capped by the policy');
  for (const neither of ['soon', '', '-5', '1.5', '1e9', 'x 2026'])
    t.equal(parseRetryAfter(neither, now), undefined, neither);
  t.equal(parseRetryAfter(undefined, now), undefined);
});

t.test('the trouble is derived from the code of an error', async (t) => {
  const coded = (code: string) => Object.assign(new Error('x'), { code });

  t.equal(troubleOf(coded('ENOTFOUND')), 'dns');
  t.equal(troubleOf(coded('CERT_HAS_EXPIRED')), 'tls');
  t.equal(troubleOf(coded('ERR_TLS_CERT_ALTNAME_INVALID')), 'tls');
  t.equal(troubleOf(new Error('y', { cause: coded('ECONNREFUSED') })), 'refused');
  t.equal(troubleOf(new AggregateError([coded('ECONNREFUSED')])), 'refused');
  t.equal(troubleOf(coded('UND_ERR_SOCKET')), 'reset');
  t.equal(troubleOf('no error at all'), 'network');
});

t.test('only complete and fresh pictures pass the preflight checks', async (t) => {
  const jpeg = sampleJpeg({ width: 128, height: 96 });
  const rules = { staleAfterMs: 1000, least: 100, skipUnchanged: true };

  t.equal(rejectReason(frame(jpeg), undefined, 500, rules), undefined);
  t.equal(rejectReason(frame(jpeg), undefined, 1001, rules), 'stale');
  t.equal(rejectReason(frame(jpeg.subarray(0, -1)), undefined, 0, rules), 'truncated');
  t.equal(rejectReason(frame(jpeg.subarray(1)), undefined, 0, rules), 'truncated');
  t.equal(rejectReason(frame(jpeg), undefined, 0, { ...rules, least: jpeg.length + 1 }), 'truncated');
  t.equal(rejectReason(frame(jpeg), frame(Buffer.from(jpeg)), 0, rules), 'unchanged');
  t.equal(isWhole({ ...frame(jpeg), type: 'image/png' }, 0), false);
});

t.test('the name of a camera cannot change other parts of the URL', async (t) => {
  const at = { time: Date.parse('2026-11-20T10:15:42.123Z') };

  t.equal(
    fillUrl('http://h/a/{camera}/b?t={time}', { camera: 'x', ...at }).href,
    'http://h/a/x/b?t=20261120T101542.123Z',
  );
  t.equal(fillUrl('http://h/a/{camera}/b', { camera: '../../c?d#e', ...at }).pathname, '/a/..%2F..%2Fc%3Fd%23e/b');
  t.equal(fill('{camera}@{time}', { camera: 'x', ...at }), 'x@20261120T101542.123Z');
  t.ok(hasFixedOrigin('https://h/{camera}'));
  t.notOk(hasFixedOrigin('https://{camera}.h/'));
});

t.test('a picture is sent raw, in a form or in JSON', async (t) => {
  const jpeg = sampleJpeg();
  const base64 = jpeg.toString('base64');

  t.strictSame(bodyOf(frame(jpeg), { is: 'raw', contentType: undefined }), { contentType: 'image/jpeg', data: jpeg });
  const json = bodyOf(frame(jpeg), { is: 'json', field: 'image', fields: { a: 'b' }, dataUrl: false });
  t.strictSame(JSON.parse(String(json.data)), { a: 'b', image: base64 });
  const url = bodyOf(frame(jpeg), { is: 'json', field: 'image', fields: {}, dataUrl: true });
  t.strictSame(JSON.parse(String(url.data)), { image: `data:image/jpeg;base64,${base64}` });
  const { contentType, data } = bodyOf(frame(jpeg), { is: 'multipart', field: 'pic', fields: { 'a"b': 'c' } });
  const form = await new Response(new Uint8Array(data), { headers: { 'content-type': contentType } }).formData();
  t.equal(form.get('a"b'), 'c');
  const file = form.get('pic');
  t.ok(file instanceof Blob && Buffer.from(await file.arrayBuffer()).equals(jpeg));
});
