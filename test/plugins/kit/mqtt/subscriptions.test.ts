// The subscriptions of one connection: delivery of messages, QoS, and filters.

import t from 'tap';
import type { MqttMessage } from '../../../../core/contract/ports.ts';
import { subscriptions } from '../../../../plugins/kit/mqtt/subscriptions.ts';

const message = (topic: string, qos: 0 | 1 = 1): MqttMessage =>
  ({ topic, qos, payload: Buffer.from('x'), retain: false }) as unknown as MqttMessage;

function world() {
  let now = 1000;
  const changes: string[] = [];
  const seen: string[] = [];
  const inbox = subscriptions(
    (filter, qos) => void changes.push(`${filter} ${qos}`),
    () => now,
  );
  const add = (filter: string, qos: 0 | 1 = 1, name = filter) =>
    inbox.add(filter, qos, ({ topic, qos: got }) => void seen.push(`${name}: ${topic} ${got}`));
  const pass = (ms: number): void => {
    now += ms;
  };
  return { inbox, add, changes, seen, pass };
}

t.test('a filter is subscribed to once, with the highest requested QoS', (t) => {
  const { inbox, add, changes } = world();
  const first = add('a', 1);
  const second = add('a', 0);
  add('b', 0);

  t.same(
    [...inbox.filters()],
    [
      ['a', 1],
      ['b', 0],
    ],
  );
  t.same(changes, ['a 1', 'b 0']);
  second();
  second();
  t.same(
    [...inbox.filters()],
    [
      ['a', 1],
      ['b', 0],
    ],
    'the other subscriptions remain',
  );
  first();
  first();
  t.same([...inbox.filters()], [['b', 0]]);
  t.same(changes, ['a 1', 'b 0', 'a undefined']);
  t.end();
});

t.test('a message is delivered to every matching filter, with at most the QoS of the filter', async (t) => {
  const { inbox, add, seen } = world();
  add('a/+', 0);
  add('a/b', 1);
  add('c', 1);
  await inbox.deliver(message('a/b', 1));
  await inbox.deliver(message('a/b', 0));
  await inbox.deliver(message('nobody', 1));

  t.same(seen, ['a/+: a/b 0', 'a/b: a/b 1', 'a/+: a/b 0', 'a/b: a/b 0']);
});

t.test(
  'a copy that the broker sent for certain filters is delivered to those, unless none of them matches',
  async (t) => {
    const { inbox, add, seen } = world();
    add('a/+');
    add('a/b');
    add('#');
    await inbox.deliver(message('a/b'), new Set(['a/b']));
    t.same(seen.splice(0), ['a/b: a/b 1']);
    await inbox.deliver(message('a/b'), new Set(['a/+', '#']));
    t.same(seen.splice(0), ['a/+: a/b 1', '#: a/b 1']);
    await inbox.deliver(message('a/b'), new Set(['of/an/earlier/session']));
    t.equal(seen.splice(0).length, 3);
    await inbox.deliver(message('a/b'), new Set());
    t.equal(seen.length, 3);
  },
);

t.test('a delivery completes when all handlers are done, and is refused if one of them refuses', async (t) => {
  const { inbox } = world();
  let open = (): void => {};
  const done: string[] = [];
  inbox.add('a', 1, () => Promise.reject(new Error('refused')));
  await t.rejects(inbox.deliver(message('a')), { message: 'refused' });
  inbox.add('a', 1, async () => {
    await new Promise<void>((resolve) => {
      open = resolve;
    });
    done.push('slow');
  });
  const delivered = inbox.deliver(message('a')).catch(() => void done.push('refused'));
  await new Promise((resolve) => setImmediate(resolve));
  t.same(done, []);
  open();
  await delivered;
  t.same(done, ['slow', 'refused']);

  inbox.add('b', 1, () => {
    throw new Error('thrown');
  });
  inbox.add('b', 1, () => {});
  await t.rejects(inbox.deliver(message('b')), { message: 'thrown' });
});

t.test('a released filter is missed for a minute, unless another filter matches its topics', (t) => {
  const { inbox, add, pass } = world();
  t.equal(inbox.misses('a/b'), false);
  add('a/+')();

  t.equal(inbox.misses('a/b'), true);
  t.equal(inbox.misses('c'), false);
  const other = add('a/#');
  t.equal(inbox.misses('a/b'), false);
  t.equal(inbox.wants('a/b'), true);
  other();
  pass(60_000);
  t.equal(inbox.misses('a/b'), true);
  pass(1);
  t.equal(inbox.misses('a/b'), false);
  t.equal(inbox.wants('a/b'), false);
  t.end();
});

t.test('the number of remembered released filters is limited, and the oldest is forgotten first', (t) => {
  const { inbox, add, pass } = world();
  for (let index = 0; index < 1000; index++) add(`f/${index}`)();
  t.equal(inbox.misses('f/0'), true);
  add('g')();
  t.equal(inbox.misses('f/0'), false);
  t.equal(inbox.misses('f/1'), true);
  t.equal(inbox.misses('g'), true);
  pass(60_001);
  add('h')();
  t.equal(inbox.misses('g'), false);
  t.equal(inbox.misses('h'), true);
  t.end();
});

t.test('waiting for a topic ends when a filter for it is subscribed to, or when its signal aborts', async (t) => {
  const { inbox, add } = world();
  const never = new AbortController().signal;
  const control = new AbortController();
  const outcomes: string[] = [];
  const wait = (topic: string, signal: AbortSignal): void =>
    void inbox.wanted(topic, signal).then((found) => outcomes.push(`${topic} ${found}`));
  wait('a/b', never);
  wait('c', control.signal);
  const turn = (): Promise<unknown> => new Promise((resolve) => setImmediate(resolve));

  add('x');
  await turn();
  t.same(outcomes, []);
  add('a/+');
  await turn();
  t.same(outcomes, ['a/b true']);
  control.abort();
  await turn();
  t.same(outcomes, ['a/b true', 'c false']);
  add('c');
  await turn();
  t.same(outcomes.length, 2, 'each wait ends once');
  t.equal(await inbox.wanted('c', never), true);
  t.equal(await inbox.wanted('d', AbortSignal.abort()), false);
});
