// The camd protocol over NATS, on a bus in memory: subjects, answers in parts, and errors of the transport.

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
      const receivers = [...listeners].filter(([pattern]) => {
        const start = pattern.replace(/[>*]$/, '');
        return pattern === subject || (start !== pattern && subject.startsWith(start));
      });
      queueMicrotask(() => {
        inbox?.({ is: 'message', message });
        for (const [, listen] of receivers) listen(message);
        if (receivers.length === 0 && reply !== undefined) inboxes.get(reply)?.({ is: 'nobody' });
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
  const requests: { request: Request; respond: Respond }[] = [];
  const edgeEvents: unknown[] = [];
  const unsent: unknown[] = [];
  const edge = natsEdge(nats.port, { prefix: 'camd', edge: 'shop.1' }, (cause) =>
    unsent.push((cause as { code: string }).code),
  );
  const release = edge.listen({
    request: (request, respond) => void requests.push({ request, respond }),
    rollCall: () => void edgeEvents.push('roll call'),
    connected: (up) => void edgeEvents.push(`connected ${up}`),
  });
  let port: Nats | undefined = nats.port;
  const hub = natsHub(() => port, { prefix: 'camd', maxFrame });
  const ending = new AbortController();
  const probes: number[] = [];
  const ask = (request: Request, edge = 'shop.1', timeoutMs = 60_000) =>
    hub.carrier.ask(edge, request, { signal: ending.signal, timeoutMs, onProbe: (probe) => probes.push(probe) });
  return {
    ...{ nats, edge, hub, requests, edgeEvents, unsent, release, ask, ending, probes },
    drop: () => (port = undefined),
  };
}
const CAPTURE = { is: 'capture', camera: 'door.2', timeout: 5 } as const;
const picture = (length: number): Extract<Reply, { is: 'picture' }> => ({
  is: 'picture',
  head: { camera: 'door', key: 'k', time: 1, type: 'image/jpeg', meta: {} },
  data: Buffer.from(Array.from({ length }, (_, at) => at % 251)),
});

t.test('a request reaches its edge, and the answer its hub', async (t) => {
  const { nats, requests, ask, edgeEvents } = pair();
  t.same(edgeEvents, ['connected true']);
  const answer = ask(CAPTURE);
  await settle();
  t.equal(nats.published[0]?.subject, 'camd.edge.shop=2E1.capture.door=2E2');
  t.same(requests[0]?.request, CAPTURE);
  requests[0]?.respond({ is: 'fact', fact: 5 });
  t.same(await answer, { is: 'fact', fact: 5 });
  t.equal(nats.published[1]?.payload[0], 0, 'one message, marked as the last');
  t.equal(nats.inboxes.size, 0, 'the inbox is released');

  const list = ask({ is: 'list' });
  await settle();
  t.same(requests[1]?.request, { is: 'list' });
  requests[1]?.respond({ is: 'list', revision: 1, cameras: [] });
  t.match(await list, { is: 'list' });
});

t.test('the subject of a message takes precedence over its content', async (t) => {
  const { nats, requests } = pair();
  const send = (subject: string, head: object): void => nats.port.publish(subject, encodePacket(head));
  send('camd.edge.shop=2E1.capture.door', { is: 'command', camera: 'yard', name: 'x', timeout: 7 });
  send('camd.edge.shop=2E1.other.door', { is: 'capture', camera: 'door' });
  send('camd.edge.shop=2E1.capture', { is: 'capture', camera: 'door' });
  send('camd.edge.shop=2E1.capture.door.x', { is: 'capture', camera: 'door' });
  nats.port.publish('camd.edge.shop=2E1.capture.door', 'no packet');
  await settle();
  t.same(
    requests.map(({ request }) => request),
    [{ is: 'capture', camera: 'door', timeout: 7 }],
  );
  const before = nats.published.length;
  requests[0]?.respond({ is: 'nothing' });
  t.equal(nats.published.length, before, 'no answer is expected');
});

t.test('a large answer is sent in parts, up to a limit', async (t) => {
  const { nats, requests, ask } = pair(101);
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
    requests.at(-1)?.respond(picture(length));
    t.same(await answer, picture(length));
    const sent = nats.published.slice(before + 1).map(({ payload }) => payload[0]);
    t.same(sent, [...new Array(parts - 1).fill(1), 0]);
  }
  const answer = ask(CAPTURE);
  await settle();
  requests.at(-1)?.respond(picture(100 * MAX_PARTS - head + 1));
  t.match(await answer, { is: 'fault', code: 'too-large', message: /64 messages of max_payload.*transform\/image/ });
});

t.test('a hub refuses a picture over its limit', async (t) => {
  for (const [length, isTaken] of [
    [800, true],
    [1100, false],
  ] as const) {
    const { requests, ask } = pair(101, 900);
    const answer = ask(CAPTURE);
    await settle();
    requests.at(-1)?.respond(picture(length));
    if (isTaken) t.match(await answer, { is: 'picture' });
    else await t.rejects(answer, { code: 'too-large', message: /more than 900B? ?.*max_frame/ });
  }
  const { requests, ask } = pair(2000, 100);
  const answer = ask(CAPTURE);
  await settle();
  requests.at(-1)?.respond(picture(1000));
  t.match(await answer, { is: 'picture' }, 'a single message has already been received');
});

t.test('a probe precedes the answer and is not part of it', async (t) => {
  const { requests, ask, probes } = pair(101);
  const answer = ask(CAPTURE);
  await settle();
  requests[0]?.respond({ is: 'probe', probe: 3 });
  requests[0]?.respond({ is: 'probe', probe: 4 });
  await settle();
  t.same(probes, [3, 4]);
  requests[0]?.respond(picture(300));
  t.same(await answer, picture(300));
});

t.test('a request fails when its answer is missing or malformed', async (t) => {
  const { nats, ask, ending, drop } = pair();
  await t.rejects(ask(CAPTURE, 'elsewhere'), { code: 'edge-offline', message: /"elsewhere" is offline/ });
  await t.rejects(ask(CAPTURE, 'shop.1', 20), { code: 'edge-late', message: /within 20 ms/ });
  const answer = (reply: (inbox: (answer: NatsAnswer) => void, subject: string) => void): Promise<unknown> => {
    const request = ask(CAPTURE);
    const [[subject, inbox] = ['', () => {}]] = [...nats.inboxes];
    reply(inbox, subject);
    return request;
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

t.test('without NATS a request fails, and a message without an answer is lost', async (t) => {
  const { nats, hub, ask, edge, unsent, requests, drop, ending } = pair();
  const open = ask(CAPTURE);
  void open.catch(() => {});
  await settle();
  nats.leave();
  await t.rejects(ask(CAPTURE), { code: 'nats-away' });
  hub.carrier.send('shop.1', CAPTURE);
  edge.carrier.hello({ session: 's', revision: 1, ttl: 5 });
  requests[0]?.respond({ is: 'nothing' });
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
  const { nats, hub, edge, edgeEvents, release } = pair();
  const hubEvents: unknown[] = [];
  const stop = hub.listen(nats.port, {
    hello: (name, hello) => void hubEvents.push([name, hello]),
    connected: (up) => void hubEvents.push(up),
  });
  await settle();
  t.same(hubEvents, [true]);
  t.same(edgeEvents, ['connected true', 'roll call']);
  t.equal(nats.published[0]?.subject, 'camd.roll-call');

  edge.carrier.hello({ session: 's', revision: 2, ttl: 3 });
  nats.port.publish('camd.hello.shop', 'nothing');
  nats.port.publish('camd.hello.a=zz', encodePacket({ session: 's', revision: 2, ttl: 3 }));
  await settle();
  t.same(hubEvents.slice(1), [['shop.1', { session: 's', revision: 2, ttl: 3 }]]);
  t.same(decodePacket(nats.published[1]?.payload ?? Buffer.alloc(0))?.head, { session: 's', revision: 2, ttl: 3 });

  const before = nats.published.length;
  for (const listener of nats.connections) listener(false);
  t.same(
    [hubEvents.at(-1), edgeEvents.at(-1), nats.published.length],
    [false, 'connected false', before],
    'no roll call',
  );
  stop();
  release();
  t.same([nats.listeners.size, nats.connections.size], [0, 0]);
});

t.test('a message of a hub needs no answer', async (t) => {
  const { hub, requests } = pair();
  const want = { is: 'want', hub: 'h', camera: 'door', size: 'full', lease: 5 } as const;
  hub.carrier.send('shop.1', want);
  await settle();
  t.same(
    requests.map(({ request }) => request),
    [want],
  );
});
