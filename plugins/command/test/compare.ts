// Compares a world with the expectations of a test: frames, requests, messages, viewers, services and answers.

import { matches } from '../../kit/mqtt/topic.ts';
import type { Answered, Viewer } from './exchange.ts';
import { compareEach, compareHeaders, compareList, excerpt, type Item, type Miss, parsed, within } from './expect.ts';
import type { Answer, Expectation } from './language.ts';
import type { World } from './world.ts';

/** Most pictures of one store that are compared. */
const MAX_STORED = 1000;

export async function expectMisses(
  world: World,
  viewers: ReadonlyMap<string, Viewer>,
  expectation: Expectation,
): Promise<Miss[]> {
  if (expectation.node !== undefined) return nodeMisses(world, expectation.node, expectation);
  if (expectation.server !== undefined) return serverMisses(world, expectation.server, expectation);
  if (expectation.store !== undefined) return storeMisses(world, expectation.store, expectation);
  if (expectation.broker !== undefined) return brokerMisses(world, expectation.broker, expectation);
  if (expectation.viewer !== undefined) return viewerMisses(world, viewers.get(expectation.viewer), expectation);
  const stops = world.standIns.services.get(expectation.service ?? '')?.stops() ?? 0;
  return compareList(
    expectation,
    Array.from({ length: stops }, () => ({ picture: undefined })),
    'stop',
  );
}

function nodeMisses(world: World, id: string, expectation: Expectation): Miss[] {
  const misses: Miss[] = [];
  const state = world.daemon.view.nodes().find((node) => node.id === id)?.state;
  const why = state && 'why' in state ? state.why : undefined;
  if (expectation.state !== undefined && state?.is !== expectation.state) {
    misses.push({ key: 'state', expected: expectation.state, seen: `${state?.is}${why ? `: ${why}` : ''}` });
  }
  if (expectation.why !== undefined && !why?.includes(expectation.why)) {
    misses.push({ key: 'why', expected: JSON.stringify(expectation.why), seen: why ?? 'no reason' });
  }
  const items = (world.frames.get(id) ?? []).map(({ camera, key, type, width, height, data }): Item => {
    const number = world.pictures.numberOf(key) ?? world.pictures.find(data)?.number;
    return { camera, picture: { number, type, size: `${width}x${height}` } };
  });
  return [...misses, ...compareList(expectation, items, 'frame'), ...compareEach(expectation, items, 'frame')];
}

async function storeMisses(world: World, id: string, expectation: Expectation): Promise<Miss[]> {
  const store = world.daemon.provided(id)?.store;
  const stored = (await store?.list({ limit: MAX_STORED, order: 'oldest-first' })) ?? [];
  const items: Item[] = [];
  for (const { id: key, camera } of stored) {
    const found = await store?.read(key);
    const body = found && Buffer.concat(await found.body.toArray());
    items.push({ camera, picture: body && world.pictures.find(body), ...(body ? { body } : {}) });
  }
  return [...compareList(expectation, items, 'picture'), ...compareEach(expectation, items, 'picture')];
}

function serverMisses(world: World, name: string, expectation: Expectation): Miss[] {
  const { method, path } = expectation;
  const received = world.servers.get(name)?.received ?? [];
  const chosen = received.filter(
    (request) => (method ?? request.method) === request.method && (path ?? request.url) === request.url,
  );
  const items = chosen.map(({ headers, body }): Item => ({ headers, body, picture: world.pictures.find(body) }));
  const what = method === 'MESSAGE' ? 'message' : 'request';
  const misses = [...compareList(expectation, items, what), ...compareEach(expectation, items, what)];
  if (chosen.length > 0 || received.length === 0) return misses;
  const others = [...new Set(received.map((request) => `${request.method} ${request.url}`))].slice(0, 5).join(', ');
  return misses.map((miss) => ({ ...miss, seen: `${miss.seen}; other requests: ${others}` }));
}

function brokerMisses(world: World, id: string, expectation: Expectation): Miss[] {
  const { topic } = expectation;
  const received = world.standIns.brokers.get(id)?.published ?? [];
  const chosen = received.filter((message) => topic === undefined || matches(topic, message.topic));
  const items = chosen.map(({ payload }): Item => ({ body: payload, picture: world.pictures.find(payload) }));
  const misses = [...compareList(expectation, items, 'message'), ...compareEach(expectation, items, 'message')];
  if (chosen.length > 0 || received.length === 0) return misses;
  const others = [...new Set(received.map((message) => message.topic))].slice(0, 5).join(', ');
  return misses.map((miss) => ({ ...miss, seen: `${miss.seen}; other topics: ${others}` }));
}

function viewerMisses(world: World, viewer: Viewer | undefined, expectation: Expectation): Miss[] {
  const { status, headers, ...more } = expectation;
  const misses: Miss[] = [];
  const seen = viewer?.status() ?? 0;
  if (status !== undefined && seen !== status) {
    misses.push({ key: 'status', expected: String(status), seen: seen === 0 ? 'no answer' : String(seen) });
  }
  if (headers) misses.push(...compareHeaders(headers, viewer?.headers() ?? {}));
  const items = (viewer?.pictures ?? []).map((data): Item => ({ body: data, picture: world.pictures.find(data) }));
  return [...misses, ...compareList(more, items, 'picture'), ...compareEach(more, items, 'picture')];
}

export function answerMisses(world: World, expectation: Answer, { status, headers, body }: Answered): Miss[] {
  const misses: Miss[] = [];
  const miss = (key: string, expected: string, seen: string): void => {
    if (expected !== seen) misses.push({ key, expected, seen });
  };
  const picture = world.pictures.find(body);
  if (expectation.status !== undefined && expectation.status !== status) {
    const text = body.length > 0 ? ` with ${excerpt(body)}` : '';
    misses.push({ key: 'status', expected: String(expectation.status), seen: `${status}${text}` });
  }
  if (expectation.headers) misses.push(...compareHeaders(expectation.headers, headers));
  if (expectation.picture !== undefined) {
    miss('picture', `picture ${expectation.picture}`, picture ? `picture ${picture.number ?? '?'}` : excerpt(body));
  }
  if (expectation.size !== undefined) miss('size', expectation.size, picture?.size ?? excerpt(body));
  if (expectation.contains !== undefined && !body.includes(expectation.contains)) {
    misses.push({ key: 'contains', expected: JSON.stringify(expectation.contains), seen: excerpt(body) });
  }
  if (expectation.json !== undefined && !within(expectation.json, parsed(body))) {
    misses.push({ key: 'json', expected: JSON.stringify(expectation.json), seen: excerpt(body) });
  }
  if (expectation.acknowledged !== undefined) miss('acknowledged', 'an MQTT message', 'an HTTP request');
  return misses;
}
