// The camd protocol over NATS, on a bus in memory: subjects, answers in parts, and everything that goes wrong on the way.

import t from 'tap';
import { environment, type Nats, type NatsAnswer, type NatsMessage } from '../../../../core/contract/plugin.ts';
import { MAX_PARTS, natsEdge, natsHub } from '../../../../plugins/kit/fleet/nats.ts';
import { decodePacket, encodePacket } from '../../../../plugins/kit/fleet/packet.ts';
import type { Reply, Request, Respond } from '../../../../plugins/kit/fleet/protocol.ts';
import { settle } from '../../../../testing/index.ts';

/** A server and all connections to it. Messages arrive in the next turn. */
function bus(maxPayload = 1024) {
  const listeners = new Map<string, (message: NatsMessage) => void>();
  const inboxes = new Map<string, (answer: NatsAnswer) => void>();
  const connections = new Set<(up: boolean) => void>();
  const published: { subject: string; payload: Buffer }[] = [];
  let isAway = false;
  let made = 0;
  const port: Nats = {
    connected: true,
    maxPayload,
    publish(subject, payload, { reply } = {}) {
      if (isAway) throw environment('nats-away', 'Away.');
      const bytes = Buffer.from(payload);
      if (bytes.length > maxPayload) throw environment('nats-too-large', 'Too large.');
      published.push({ subject, payload: bytes });
      const message = { subject, payload: bytes, reply, respond() {} };
      const inbox = inboxes.get(subject);
      const heard = [...listeners].filter(([pattern]) => {
        const start = pattern.replace(/[>*]$/, '');
        return pattern === subject || (start !== pattern && subject.startsWith(start));
      });
      queueMicrotask(() => {
        inbox?.({ is: 'message', message });
        for (const [, listen] of heard) listen(message);
        if (heard.length === 0 && reply !== undefined) inboxes.get(reply)?.({ is: 'nobody' });
      });
    },
    flush: async () => {},
    request: () => Promise.reject(new Error('not used')),
    inbox(onAnswer) {
      const subject = `inbox.${made++}`;
      inboxes.set(subject, onAnswer);
      return { subject, release: () => void inboxes.delete(subject) };
    },
    subscribe(subject, onMessage) {
      listeners.set(subject, onMessage);
      return () => void listeners.delete(subject);
    },
    onConnection(listener) {
      connections.add(listener);
      listener(true);
      return () => void connections.delete(listener);
    },
    connection: () => undefined,
  };
  return {
    ...{ port, published, listeners, inboxes, connections },
    leave: () => (isAway = true),
  };
}

function pair(maxPayload?: number, maxFrame = 1e6) {
  const nats = bus(maxPayload);
  const asked: { request: Request; respond: Respond }[] = [];
  const told: unknown[] = [];
  const unsent: unknown[] = [];
  const edge = natsEdge(nats.port, { prefix: 'camd', edge: 'shop.1' }, (cause) =>
    unsent.push((cause as { code: string }).code),
  );
  const release = edge.listen({
    request: (request, respond) => void asked.push({ request, respond }),
    rollCall: () => void told.push('roll call'),
    connected: (up) => void told.push(`connected ${up}`),
  });
  let port: Nats | undefined = nats.port;
  const hub = natsHub(() => port, { prefix: 'camd', maxFrame });
  const ending = new AbortController();
  const probes: number[] = [];
  const ask = (request: Request, edge = 'shop.1', timeoutMs = 60_000) =>
    hub.carrier.ask(edge, request, { signal: ending.signal, timeoutMs, onProbe: (probe) => probes.push(probe) });
  return { ...{ nats, edge, hub, asked, told, unsent, release, ask, ending, probes }, drop: () => (port = undefined) };
}
const CAPTURE = { is: 'capture', camera: 'door.2', timeout: 5 } as const;
const picture = (length: number): Extract<Reply, { is: 'picture' }> => ({
  is: 'picture',
  head: { camera: 'door', key: 'k', time: 1, type: 'image/jpeg', meta: {} },
  data: Buffer.from(Array.from({ length }, (_, at) => at % 251)),
});

t.test('a request reaches its edge, and the answer its hub', async (t) => {
  const { nats, asked, ask, told } = pair();
  t.same(told, ['connected true']);
  const answer = ask(CAPTURE);
  await settle();
  t.equal(nats.published[0]?.subject, 'camd.edge.shop=2E1.capture.door=2E2');
  t.same(asked[0]?.request, CAPTURE);
  asked[0]?.respond({ is: 'fact', fact: 5 });
  t.same(await answer, { is: 'fact', fact: 5 });
  t.equal(nats.published[1]?.payload[0], 0, 'one message, the last');
  t.equal(nats.inboxes.size, 0, 'the inbox is given back');

  const list = ask({ is: 'list' });
  await settle();
  t.same(asked[1]?.request, { is: 'list' });
  asked[1]?.respond({ is: 'list', revision: 1, cameras: [] });
  t.match(await list, { is: 'list' });
});

t.test('what the subject says counts, not what the message claims', async (t) => {
  const { nats, asked } = pair();
  const send = (subject: string, head: object): void => nats.port.publish(subject, encodePacket(head));
  send('camd.edge.shop=2E1.capture.door', { is: 'command', camera: 'yard', name: 'x', timeout: 7 });
  send('camd.edge.shop=2E1.other.door', { is: 'capture', camera: 'door' });
  send('camd.edge.shop=2E1.capture', { is: 'capture', camera: 'door' });
  send('camd.edge.shop=2E1.capture.door.x', { is: 'capture', camera: 'door' });
  nats.port.publish('camd.edge.shop=2E1.capture.door', 'no packet');
  await settle();
  t.same(
    asked.map(({ request }) => request),
    [{ is: 'capture', camera: 'door', timeout: 7 }],
  );
  const before = nats.published.length;
  asked[0]?.respond({ is: 'nothing' });
  t.equal(nats.published.length, before, 'nobody expects an answer');
});

t.test('a large answer comes in parts, up to a limit', async (t) => {
  const { nats, asked, ask } = pair(101);
  const head =
    4 + Buffer.byteLength('{"is":"picture","camera":"door","key":"k","time":1,"type":"image/jpeg","meta":{}}');
  for (const [length, parts] of [
    [100 - head, 1],
    [101 - head, 2],
    [1000 - head, 10],
    [100 * MAX_PARTS - head, MAX_PARTS],
  ] as const) {
    const before = nats.published.length;
    const answer = ask(CAPTURE);
    await settle();
    asked.at(-1)?.respond(picture(length));
    t.same(await answer, picture(length));
    const sent = nats.published.slice(before + 1).map(({ payload }) => payload[0]);
    t.same(sent, [...new Array(parts - 1).fill(1), 0]);
  }
  const answer = ask(CAPTURE);
  await settle();
  asked.at(-1)?.respond(picture(100 * MAX_PARTS - head + 1));
  t.match(await answer, { is: 'fault', code: 'too-large', message: /64 messages of max_payload.*transform\/image/ });
});

t.test('a hub takes no picture over its limit', async (t) => {
  for (const [length, isTaken] of [
    [800, true],
    [1100, false],
  ] as const) {
    const { asked, ask } = pair(101, 900);
    const answer = ask(CAPTURE);
    await settle();
    asked.at(-1)?.respond(picture(length));
    if (isTaken) t.match(await answer, { is: 'picture' });
    else await t.rejects(answer, { code: 'too-large', message: /more than 900B? ?.*max_frame/ });
  }
  const { asked, ask } = pair(2000, 100);
  const answer = ask(CAPTURE);
  await settle();
  asked.at(-1)?.respond(picture(1000));
  t.match(await answer, { is: 'picture' }, 'one message is here already');
});

t.test('a probe comes before the answer, and each answer begins anew', async (t) => {
  const { asked, ask, probes } = pair(101);
  const answer = ask(CAPTURE);
  await settle();
  asked[0]?.respond({ is: 'probe', probe: 3 });
  asked[0]?.respond({ is: 'probe', probe: 4 });
  await settle();
  t.same(probes, [3, 4]);
  asked[0]?.respond(picture(300));
  t.same(await answer, picture(300));
});

t.test('faults of an answer', async (t) => {
  const { nats, ask, ending, drop } = pair();
  await t.rejects(ask(CAPTURE, 'elsewhere'), { code: 'edge-offline', message: /"elsewhere" is offline/ });
  await t.rejects(ask(CAPTURE, 'shop.1', 20), { code: 'edge-late', message: /within 20 ms/ });
  const answer = (reply: (inbox: (answer: NatsAnswer) => void, subject: string) => void): Promise<unknown> => {
    const asked = ask(CAPTURE);
    const [[subject, inbox] = ['', () => {}]] = [...nats.inboxes];
    reply(inbox, subject);
    return asked;
  };
  await t.rejects(
    answer((inbox) => inbox({ is: 'lost' })),
    { code: 'nats-away' },
  );
  const strange = [Buffer.from([0, 1, 2]), Buffer.concat([Buffer.from([0]), encodePacket({ is: 'other' })])];
  for (const payload of strange)
    await t.rejects(
      answer((_, subject) => nats.port.publish(subject, payload)),
      { code: 'bad-answer' },
    );
  t.equal(nats.inboxes.size, 0);
  const cut = ask(CAPTURE);
  ending.abort(new Error('over'));
  await t.rejects(cut, { message: 'over' });
  drop();
  await t.rejects(pair().hub.carrier.ask('x', CAPTURE, { signal: ending.signal, timeoutMs: 5 }), { message: 'over' });
});

t.test('without NATS a request fails, and what is only told is lost', async (t) => {
  const { nats, hub, ask, edge, unsent, asked, drop, ending } = pair();
  const open = ask(CAPTURE);
  void open.catch(() => {});
  await settle();
  nats.leave();
  await t.rejects(ask(CAPTURE), { code: 'nats-away' });
  hub.carrier.send('shop.1', CAPTURE);
  edge.carrier.hello({ session: 's', revision: 1, ttl: 5 });
  asked[0]?.respond({ is: 'nothing' });
  t.same(unsent, ['nats-away', 'nats-away']);
  drop();
  await t.rejects(ask(CAPTURE), { code: 'nats-away', message: /is down/ });
  hub.carrier.send('shop.1', CAPTURE);
  const broken = natsHub(
    () => {
      throw new TypeError('a mistake');
    },
    { prefix: 'camd', maxFrame: 5 },
  );
  t.throws(() => broken.carrier.send('shop.1', CAPTURE), TypeError);
  ending.abort();
});

t.test('hellos reach hubs, and roll calls reach edges', async (t) => {
  const { nats, hub, edge, told, release } = pair();
  const heard: unknown[] = [];
  const stop = hub.listen(nats.port, {
    hello: (name, hello) => void heard.push([name, hello]),
    connected: (up) => void heard.push(up),
  });
  await settle();
  t.same(heard, [true]);
  t.same(told, ['connected true', 'roll call']);
  t.equal(nats.published[0]?.subject, 'camd.roll-call');

  edge.carrier.hello({ session: 's', revision: 2, ttl: 3 });
  nats.port.publish('camd.hello.shop', 'nothing');
  nats.port.publish('camd.hello.a=zz', encodePacket({ session: 's', revision: 2, ttl: 3 }));
  await settle();
  t.same(heard.slice(1), [['shop.1', { session: 's', revision: 2, ttl: 3 }]]);
  t.same(decodePacket(nats.published[1]?.payload ?? Buffer.alloc(0))?.head, { session: 's', revision: 2, ttl: 3 });

  const before = nats.published.length;
  for (const listener of nats.connections) listener(false);
  t.same([heard.at(-1), told.at(-1), nats.published.length], [false, 'connected false', before], 'no roll call');
  stop();
  release();
  t.same([nats.listeners.size, nats.connections.size], [0, 0]);
});

t.test('what a hub tells needs no answer', async (t) => {
  const { hub, asked } = pair();
  const want = { is: 'want', hub: 'h', camera: 'door', size: 'full', lease: 5 } as const;
  hub.carrier.send('shop.1', want);
  await settle();
  t.same(
    asked.map(({ request }) => request),
    [want],
  );
});
