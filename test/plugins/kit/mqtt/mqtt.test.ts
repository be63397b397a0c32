// MQTT basics: topics and filters, packet sizes, and acknowledgements in the order of arrival.

import fc from 'fast-check';
import t from 'tap';
import { packetLimit } from '../../../../plugins/kit/mqtt/packet-limit.ts';
import { subscriptions } from '../../../../plugins/kit/mqtt/subscriptions.ts';
import { covers, filterFault, matches, topicPattern, withoutShare } from '../../../../plugins/kit/mqtt/topic.ts';
import { acknowledger, puback } from '../../../../plugins/mqtt/client/acknowledger.ts';

t.test('filters match as specified in MQTT 3.1.1 §4.7', (t) => {
  const cases: [string, string, boolean][] = [
    ['sport/tennis/player1/#', 'sport/tennis/player1', true],
    ['sport/tennis/player1/#', 'sport/tennis/player1/score/wimbledon', true],
    ['sport/#', 'sport', true],
    ['#', 'a/b', true],
    ['sport/tennis/+', 'sport/tennis/player1', true],
    ['sport/tennis/+', 'sport/tennis/player1/ranking', false],
    ['sport/+', 'sport', false],
    ['sport/+', 'sport/', true],
    ['+/+', '/finance', true],
    ['/+', '/finance', true],
    ['+', '/finance', false],
    ['#', '$SYS/a', false],
    ['+/a', '$SYS/a', false],
    ['$SYS/#', '$SYS/a', true],
    ['$share/group/a/+', 'a/b', true],
  ];

  for (const [filter, topic, expected] of cases) t.equal(matches(filter, topic), expected, `${filter} and ${topic}`);
  t.end();
});

t.test('a filter that covers another matches every topic that the other matches', (t) => {
  const level = fc.constantFrom('a', 'b', '+', '');
  const filter = fc
    .tuple(fc.array(level, { minLength: 1, maxLength: 4 }), fc.boolean())
    .map(([levels, rest]) => [...levels, ...(rest ? ['#'] : [])].join('/'));
  const topic = fc
    .array(fc.constantFrom('a', 'b', 'c', '$x', ''), { minLength: 1, maxLength: 5 })
    .map((levels) => levels.join('/'));

  fc.assert(
    fc.property(
      filter,
      filter,
      topic,
      (allowed, filter, name) => !covers(allowed, filter) || !matches(filter, name) || matches(allowed, name),
    ),
    { numRuns: 20_000 },
  );
  t.equal(covers('#', '$SYS/#'), false);
  t.equal(covers('a/+', 'a/#'), false);
  t.end();
});

t.test('faults of filters are reported, and shares are removed', (t) => {
  for (const wrong of ['', 'a/#/b', 'a#', 'a/b+', '$share/group', '$share/group/', 'a\0'])
    t.type(filterFault(wrong), 'string', JSON.stringify(wrong));
  for (const right of ['#', '+', 'a/+/b/#', '$share/group/a/#', '/']) t.equal(filterFault(right), undefined, right);
  t.equal(withoutShare('$share/group/a/b'), 'a/b');
  t.end();
});

t.test('{camera} matches one level or a part of it, and only valid ids', (t) => {
  const whole = topicPattern('$share/g/infoscreen/{camera}/screenshot');
  const part = topicPattern('x/cam-{camera}.jpg');

  t.equal(whole.filter, '$share/g/infoscreen/+/screenshot');
  t.equal(whole.camera('infoscreen/lobby-1/screenshot'), 'lobby-1');
  t.equal(whole.camera('infoscreen/../screenshot'), '');
  t.equal(whole.camera(`infoscreen/${'x'.repeat(129)}/screenshot`), '');
  t.equal(whole.camera('infoscreen/lobby/heartbeat'), undefined);
  t.equal(part.camera('x/cam-7.jpg'), '7');
  t.equal(part.camera('x/cam-7xjpg'), '');
  t.equal(topicPattern('fixed/+').named, false);
  t.end();
});

t.test('a packet over the limit is detected from its header, for any chunk size', (t) => {
  const packet = (size: number) => {
    const length: number[] = [];
    for (let rest = size; ; ) {
      const digit = rest % 128;
      rest = Math.floor(rest / 128);
      length.push(rest > 0 ? digit | 0x80 : digit);
      if (rest === 0) break;
    }
    return Buffer.concat([Buffer.from([0x30, ...length]), Buffer.alloc(size)]);
  };

  fc.assert(
    fc.property(
      fc.array(fc.nat(3000), { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 1, max: 700 }),
      fc.integer({ min: 10, max: 3100 }),
      (sizes, step, most) => {
        const check = packetLimit(most);
        const stream = Buffer.concat(sizes.map(packet));
        let verdict = 'fine';
        for (let at = 0; at < stream.length && verdict === 'fine'; at += step)
          verdict = check(stream.subarray(at, at + step));
        return verdict === (sizes.some((size) => packet(size).length > most) ? 'too-large' : 'fine');
      },
    ),
  );
  t.equal(packetLimit(1000)(Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff])), 'malformed');
  t.end();
});

t.test('acknowledgements are sent in the order of arrival, and never for a refused message', async (t) => {
  const sent: number[] = [];
  const refused: unknown[] = [];
  const acks = acknowledger(
    (id) => void sent.push(id),
    (cause) => void refused.push(cause),
  );
  const open: { resolve(): void; reject(cause: unknown): void }[] = [];
  const work = () => new Promise<void>((resolve, reject) => void open.push({ resolve, reject }));
  const all = [1, 2, 3, undefined].map((id) => acks.take(id, work));

  open[2]?.resolve();
  await Promise.resolve();
  t.same(sent, []);
  open[0]?.reject(new Error('full'));
  open[1]?.resolve();
  open[3]?.reject(new Error('not reported'));
  await Promise.all(all);

  t.same(sent, [2, 3]);
  t.equal(refused.length, 1);
  t.equal(acks.pending, 0);
  t.same([...puback(0x1234)], [0x40, 2, 0x12, 0x34]);
});

t.test('a released filter is missed for a minute, or until it is subscribed to again', (t) => {
  let now = 0;
  const changes: string[] = [];
  const inbox = subscriptions(
    (filter, qos) => void changes.push(`${filter} ${qos}`),
    () => now,
  );

  const release = inbox.add('a/#', 0, () => {});
  const second = inbox.add('a/#', 1, () => {});
  release();
  second();
  t.equal(inbox.misses('a/b'), true);
  now = 61_000;
  t.equal(inbox.misses('a/b'), false);
  now = 0;
  inbox.add('a/#', 1, () => {});
  t.equal(inbox.misses('a/b'), false);

  t.same(changes, ['a/# 0', 'a/# 1', 'a/# undefined', 'a/# 1']);
  t.end();
});
