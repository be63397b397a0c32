// Accepted credentials are remembered for their connection, and for no other.

import t from 'tap';
import { createLog } from '../../../../core/base/log.ts';
import { createMetrics } from '../../../../core/graph/run/metrics.ts';
import { createFailedLogins } from '../../../../plugins/http/server/failed-logins.ts';
import { createGate } from '../../../../plugins/http/server/gate.ts';
import { createSetting } from '../../../../plugins/http/server/setting.ts';
import { SERVER } from '../../../support/site.ts';

const OPTIONS = { ...SERVER, auth: { bearer: { tokens: ['right'] }, public: ['/open'] } };
const basic = (token: string, connection?: object) => ({
  method: 'GET',
  path: '/',
  headers: { host: 'localhost', authorization: `Bearer ${token}` },
  upgrade: false,
  ...(connection ? { connection } : {}),
});

t.test('a connection proves its credentials once, and wrong ones are still refused on it', async (t) => {
  const gate = createGate(OPTIONS);
  const [one, other] = [{}, {}];

  t.notOk(gate.proven(basic('right', one)));
  t.equal(gate(basic('right', one)), undefined);
  t.ok(gate.proven(basic('right', one)));
  t.notOk(gate.proven(basic('right', other)), 'not on another connection');
  t.notOk(gate.proven(basic('right')), 'nor without a connection');

  t.equal(gate(basic('wrong', one))?.status, 401);
  t.notOk(gate.proven(basic('wrong', one)));
  t.notOk(createGate(OPTIONS).proven(basic('right', one)), 'nor after the server is configured again');
});

t.test('only accepted credentials reset the delay for wrong ones', async (t) => {
  const setting = createSetting(OPTIONS, createLog({ level: 'error', write() {} }), createMetrics());
  const failedLogins = createFailedLogins(
    () => setting,
    () => 0,
  );
  const late = (token: string, path: string): number | undefined => {
    const verdict = failedLogins.check({ ...basic(token, {}), path }, '192.0.2.1');
    verdict?.sent();
    return verdict?.late;
  };

  t.same([late('a', '/'), late('b', '/'), late('c', '/')], [0, 0, 100]);
  t.equal(late('d', '/open'), undefined, 'the path is public, and nothing was compared');
  t.equal(late('d', '/'), 200, 'so the delay still grows');
  t.equal(late('right', '/'), undefined);
  t.equal(late('e', '/'), 0);
});
