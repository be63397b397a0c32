// The address of the server behind a proxy.

import t from 'tap';
import { checkUpstream, createUpstream } from '../../../../plugins/kit/proxy/upstream.ts';

t.test('a URL has a host, a port and a path, and no parts of single requests', (t) => {
  for (const to of ['http://a', 'http://a:81/b/c', 'https://a/']) t.same(checkUpstream('to', to), [], to);
  for (const to of ['http://a/?b=c', 'http://a/#b', 'http://u@a/', 'http://u:p@a/']) {
    t.match(
      checkUpstream('to', to),
      [{ option: 'to', code: 'wrong-value', message: /^to: the URL may contain only/ }],
      to,
    );
  }
  t.end();
});

t.test('the base ends without a slash, and header names are in lower case', async (t) => {
  const made = (to: string) => {
    const upstream = createUpstream({
      to,
      timeoutMs: 700,
      connections: 2,
      headers: { 'X-Api-Key': 'K' },
      onAnswer() {},
      onAway() {},
    });
    t.teardown(() => upstream.dispatcher.destroy());
    return upstream;
  };

  t.equal(made('http://a').base, 'http://a');
  t.equal(made('http://a:81/').base, 'http://a:81');
  t.equal(made('http://a/b/').base, 'http://a/b');
  t.equal(made('http://a/b').base, 'http://a/b');
  t.same(made('http://a').headers, { 'x-api-key': 'K' });
  t.equal(made('http://a').timeoutMs, 700);
});
