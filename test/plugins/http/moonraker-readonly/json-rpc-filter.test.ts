// The JSON-RPC messages that reach Moonraker, in every spelling, compared with a simple model.

import fc from 'fast-check';
import t from 'tap';
import { READABLE_METHODS } from '../../../../plugins/http/moonraker-readonly/allow-list.ts';
import {
  type FilterRules,
  filterMessage,
  MAX_BATCH,
} from '../../../../plugins/http/moonraker-readonly/json-rpc-filter.ts';
import { ALLOWED, DENIED } from '../../../support/moonraker-methods.ts';

const RULES: FilterRules = { namespaces: ['mainsail'], exposeConfig: false };
const filter = (text: string | Buffer, rules = RULES) => filterMessage(Buffer.from(text), rules);
const call = (method: string, rest: Record<string, unknown> = {}) =>
  JSON.stringify({ jsonrpc: '2.0', method, id: 1, ...rest });
const parsed = (text: string | undefined): unknown => (text === undefined ? undefined : JSON.parse(text));
/** Parameters that are valid for a method of the list. */
const paramsOf = (method: string): Record<string, unknown> => {
  if (method === 'server.connection.identify') return { client_name: 'x', version: '1', type: 'web', url: 'http://x' };
  if (method.startsWith('printer.objects.') && method !== 'printer.objects.list')
    return { objects: { webhooks: null } };
  return method === 'server.database.get_item' ? { namespace: 'mainsail' } : {};
};

t.test('every reading method passes and every other gets an error with its id', async (t) => {
  for (const method of ALLOWED) {
    const verdict = filter(call(method, { params: paramsOf(method) }));

    t.strictSame(parsed(verdict.forward), { jsonrpc: '2.0', method, params: paramsOf(method), id: 1 }, method);
    t.equal(verdict.answer, undefined, method);
  }
  for (const method of DENIED) {
    const verdict = filter(call(method, { id: 'seven' }));

    t.equal(verdict.forward, undefined, method);
    t.match(parsed(verdict.answer), { jsonrpc: '2.0', id: 'seven', error: { code: 403 } }, method);
  }
  t.strictSame([...READABLE_METHODS.keys()].sort(), [...ALLOWED].sort(), 'the list is complete');
});

t.test('a call without an id gets no answer', async (t) => {
  t.strictSame(filter('{"jsonrpc":"2.0","method":"printer.emergency_stop"}'), { refused: 1 });
  t.strictSame(filter('{"jsonrpc":"2.0","method":"printer.emergency_stop","id":null}'), { refused: 1 });
  t.equal(filter('{"jsonrpc":"2.0","method":"server.info"}').forward, '{"jsonrpc":"2.0","method":"server.info"}');
});

t.test('permitted calls are serialized again, so that they are unambiguous', async (t) => {
  const escaped = filter('{"jsonrpc":"2.0","\\u006dethod":"printer.emergency\\u005fstop","id":1}');
  t.equal(escaped.forward, undefined, 'escapes are read');

  const last = filter('{"jsonrpc":"2.0","method":"server.info","method":"printer.emergency_stop","id":1}');
  t.equal(last.forward, undefined, 'of duplicate keys the last counts');
  const first = filter('{"jsonrpc":"2.0","method":"printer.emergency_stop","method":"server.info","id":1}');
  t.equal(first.forward, '{"jsonrpc":"2.0","method":"server.info","id":1}', 'and only the last passes');

  const extra = filter('{"jsonrpc":"2.0","method":"server.info","id":1,"Method":"printer.restart","x":{"method":"y"}}');
  t.equal(extra.forward, '{"jsonrpc":"2.0","method":"server.info","id":1}', 'unknown members are removed');

  const proto = filter('{"jsonrpc":"2.0","__proto__":{"method":"server.info"},"id":1}');
  t.strictSame(proto, { refused: 1 }, 'a method must be the object’s own');
});

t.test('unreadable messages are dropped', async (t) => {
  for (const text of ['', 'x', '{', '\ufeff{}', Buffer.from([0xff, 0xfe, 0x7b, 0x7d])]) {
    t.match(parsed(filter(text).answer), { error: { code: -32700 }, id: null });
  }
  const nonsense = ['[]', '[[]]', 'null', '1', '"server.info"', '{}', '{"result":1,"id":1}'];
  for (const text of nonsense) t.match(filter(text), { forward: undefined, answer: undefined }, JSON.stringify(text));
  t.match(
    filter(`${'['.repeat(100_000)}${']'.repeat(100_000)}`),
    { forward: undefined, answer: undefined },
    'too deep',
  );
  t.match(
    filter(
      `[${Array(MAX_BATCH + 1)
        .fill(call('server.info'))
        .join(',')}]`,
    ),
    { forward: undefined },
    'too many',
  );
  for (const id of [[], {}, true, 1.5, 2 ** 60]) t.strictSame(filter(call('server.info', { id })), { refused: 1 });
});

t.test('malformed calls get an error and do not pass', async (t) => {
  t.match(parsed(filter('{"method":"server.info","id":1}').answer), { error: { code: -32600 }, id: 1 });
  t.match(parsed(filter('{"jsonrpc":"2.0","method":7,"id":1}').answer), { error: { code: -32600 }, id: 1 });
  t.match(parsed(filter(call('server.info', { params: [1] })).answer), { error: { code: -32602 }, id: 1 });
  t.match(parsed(filter(call('server.info', { params: null })).answer), { error: { code: -32602 }, id: 1 });
});

t.test('of a batch the reading calls pass and the others get an error', async (t) => {
  const verdict = filter(
    `[${call('server.info')},${call('printer.gcode.script', { id: 2, params: { script: 'G28' } })},7,{"jsonrpc":"2.0","method":"printer.info"}]`,
  );

  t.strictSame(parsed(verdict.forward), [
    { jsonrpc: '2.0', method: 'server.info', id: 1 },
    { jsonrpc: '2.0', method: 'printer.info' },
  ]);
  t.match(parsed(verdict.answer), [{ id: 2, error: { code: 403 } }]);
  t.equal(verdict.refused, 2);
});

t.test('a visitor cannot become an agent or send keys', async (t) => {
  const identify = (params: Record<string, unknown>) => filter(call('server.connection.identify', { params }));

  for (const type of ['agent', 'AGENT', 'Agent', ' agent', 'ａgent', 7, null, undefined]) {
    t.equal(identify({ client_name: 'x', type }).forward, undefined, String(type));
  }
  const params = {
    client_name: 'x',
    version: '1',
    type: 'Mobile',
    url: 'u',
    api_key: 'k',
    access_token: 't',
    more: {},
  };
  t.match(parsed(identify(params).forward), { params: { client_name: 'x', version: '1', type: 'mobile', url: 'u' } });
  t.notMatch(identify(params).forward, /api_key|access_token|more/);
  const list = filter(call('server.files.list', { params: { root: 'gcodes', access_token: 't', API_KEY: 'k' } }));
  t.strictSame(parsed(list.forward), {
    jsonrpc: '2.0',
    method: 'server.files.list',
    params: { root: 'gcodes' },
    id: 1,
  });
  const update = filter(call('machine.update.status', { params: { refresh: true, 'refresh:bool': 1 } }));
  t.strictSame(parsed(update.forward), { jsonrpc: '2.0', method: 'machine.update.status', params: {}, id: 1 });
});

t.test('the configuration is hidden unless the profile shows it', async (t) => {
  const objects = { configfile: null, webhooks: null, toolhead: ['position'] };
  const open = { ...RULES, exposeConfig: true };

  const some = filter(call('printer.objects.subscribe', { params: { objects } }));
  t.match(parsed(some.forward), { params: { objects: { webhooks: null, toolhead: ['position'] } } });
  t.notMatch(some.forward, /configfile/);
  for (const name of ['configfile', ' ConfigFile', 'configfile:str']) {
    const only = filter(call('printer.objects.query', { params: { objects: { [name]: ['settings'] } } }));
    t.match(only, { forward: undefined, answer: /"code":403/ }, name);
  }
  t.match(filter(call('server.config')), { forward: undefined, answer: /"result":\{"config"/ });
  t.match(filter(call('server.config'), open).forward, /server\.config/);
  t.match(filter(call('printer.objects.query', { params: { objects } }), open).forward, /configfile/);
  for (const bad of [undefined, [], 'webhooks', { a: 1 }, { a: [1] }]) {
    t.equal(filter(call('printer.objects.query', { params: { objects: bad } })).forward, undefined);
  }
});

t.test('only the named namespaces of the database are readable', async (t) => {
  const read = (params: Record<string, unknown>) => filter(call('server.database.get_item', { params }));

  t.match(parsed(read({ namespace: 'mainsail', key: 'view' }).forward), {
    params: { namespace: 'mainsail', key: 'view' },
  });
  t.match(parsed(read({ namespace: 'mainsail', key: ['a', 'b'] }).forward), { params: { key: ['a', 'b'] } });
  for (const namespace of ['moonraker', 'authorized_users', 'Mainsail', '', 7, ['mainsail'], undefined]) {
    t.equal(read({ namespace }).forward, undefined, String(namespace));
  }
  t.equal(read({ namespace: 'mainsail', key: { a: 1 } }).forward, undefined);
});

t.test('10,000 generated messages match a model that knows only the names', async () => {
  const method = fc.oneof(
    fc.constantFrom(...ALLOWED, ...DENIED),
    fc.constantFrom(...ALLOWED, ...DENIED).map((name) => name.toUpperCase()),
    fc
      .constantFrom(...ALLOWED)
      .chain((name) => fc.constantFrom(` ${name}`, `${name}\u0000`, `${name}.x`, `${name}\u200b`)),
    fc.string({ maxLength: 30 }),
  );
  const id = fc.option(fc.oneof(fc.integer(), fc.string({ maxLength: 8 })), { nil: undefined });
  const single = fc.record({
    jsonrpc: fc.constant('2.0'),
    method,
    id,
    params: fc.option(fc.dictionary(fc.string({ maxLength: 6 }), fc.jsonValue({ maxDepth: 3 })), { nil: undefined }),
  });
  const message = fc.oneof(
    { weight: 5, arbitrary: single },
    { weight: 2, arbitrary: fc.array(fc.oneof(single, fc.jsonValue({ maxDepth: 2 })), { maxLength: 5 }) },
    { weight: 1, arbitrary: fc.jsonValue() },
  );
  const allowed: ReadonlySet<string> = new Set(ALLOWED);
  // The model checks only this: every forwarded method is allowed, and every allowed plain call is forwarded.
  const methodsIn = (value: unknown): string[] =>
    (Array.isArray(value) ? value : [value]).flatMap((item) =>
      typeof item === 'object' && item !== null && 'method' in item && typeof item.method === 'string'
        ? [item.method]
        : [],
    );
  const plain = new Set([...ALLOWED].filter((name) => Object.keys(paramsOf(name)).length === 0));

  fc.assert(
    fc.property(message, (value) => {
      const verdict = filter(JSON.stringify(value) ?? 'null');
      const out = methodsIn(parsed(verdict.forward));
      if (out.some((name) => !allowed.has(name))) return false;
      const into = methodsIn(value);
      const wanted = into.filter((name) => plain.has(name));
      return wanted.every((name) => out.includes(name)) && out.every((name) => into.includes(name));
    }),
    { numRuns: 10_000 },
  );
});
