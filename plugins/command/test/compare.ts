// Looks up what a test expects of in its world: frames, requests, messages, viewers, services and answers.

import { matches } from '../../kit/mqtt/topic.ts';
import type { Answered, Viewer } from './exchange.ts';
import { compareEach, compareHeaders, compareList, excerpt, type Item, type Miss, parsed, within } from './expect.ts';
import type { Answer, Expectation } from './language.ts';
import type { World } from './world.ts';

/** Pictures of one store that are looked at. */
const MAX_KEPT = 1000;

export async function expectMisses(
  world: World,
  viewers: ReadonlyMap<string, Viewer>,
  wanted: Expectation,
): Promise<Miss[]> {
  if (wanted.node !== undefined) return nodeMisses(world, wanted.node, wanted);
  if (wanted.server !== undefined) return serverMisses(world, wanted.server, wanted);
  if (wanted.store !== undefined) return storeMisses(world, wanted.store, wanted);
  if (wanted.broker !== undefined) return brokerMisses(world, wanted.broker, wanted);
  if (wanted.viewer !== undefined) return viewerMisses(world, viewers.get(wanted.viewer), wanted);
  const stops = world.standIns.services.get(wanted.service ?? '')?.stops() ?? 0;
  return compareList(
    wanted,
    Array.from({ length: stops }, () => ({ picture: undefined })),
    'stop',
  );
}

function nodeMisses(world: World, id: string, wanted: Expectation): Miss[] {
  const misses: Miss[] = [];
  const state = world.daemon.view.nodes().find((node) => node.id === id)?.state;
  const why = state && 'why' in state ? state.why : undefined;
  if (wanted.state !== undefined && state?.is !== wanted.state) {
    misses.push({ key: 'state', expected: wanted.state, seen: `${state?.is}${why ? `: ${why}` : ''}` });
  }
  if (wanted.why !== undefined && !why?.includes(wanted.why)) {
    misses.push({ key: 'why', expected: JSON.stringify(wanted.why), seen: why ?? 'no reason' });
  }
  const items = (world.frames.get(id) ?? []).map(({ camera, key, type, width, height, data }): Item => {
    const number = world.pictures.numberOf(key) ?? world.pictures.find(data)?.number;
    return { camera, picture: { number, type, size: `${width}x${height}` } };
  });
  return [...misses, ...compareList(wanted, items, 'frame'), ...compareEach(wanted, items, 'frame')];
}

async function storeMisses(world: World, id: string, wanted: Expectation): Promise<Miss[]> {
  const store = world.daemon.provided(id)?.store;
  const kept = (await store?.list({ limit: MAX_KEPT, order: 'oldest-first' })) ?? [];
  const items: Item[] = [];
  for (const { id: key, camera } of kept) {
    const found = await store?.read(key);
    const body = found && Buffer.concat(await found.body.toArray());
    items.push({ camera, picture: body && world.pictures.find(body), ...(body ? { body } : {}) });
  }
  return [...compareList(wanted, items, 'picture'), ...compareEach(wanted, items, 'picture')];
}

function serverMisses(world: World, name: string, wanted: Expectation): Miss[] {
  const { method, path } = wanted;
  const got = world.servers.get(name)?.got ?? [];
  const chosen = got.filter((one) => (method ?? one.method) === one.method && (path ?? one.url) === one.url);
  const items = chosen.map(({ headers, body }): Item => ({ headers, body, picture: world.pictures.find(body) }));
  const what = method === 'MESSAGE' ? 'message' : 'request';
  const misses = [...compareList(wanted, items, what), ...compareEach(wanted, items, what)];
  if (chosen.length > 0 || got.length === 0) return misses;
  const others = [...new Set(got.map((one) => `${one.method} ${one.url}`))].slice(0, 5).join(', ');
  return misses.map((miss) => ({ ...miss, seen: `${miss.seen}; others came: ${others}` }));
}

function brokerMisses(world: World, id: string, wanted: Expectation): Miss[] {
  const { topic } = wanted;
  const got = world.standIns.brokers.get(id)?.published ?? [];
  const chosen = got.filter((one) => topic === undefined || matches(topic, one.topic));
  const items = chosen.map(({ payload }): Item => ({ body: payload, picture: world.pictures.find(payload) }));
  const misses = [...compareList(wanted, items, 'message'), ...compareEach(wanted, items, 'message')];
  if (chosen.length > 0 || got.length === 0) return misses;
  const others = [...new Set(got.map((one) => one.topic))].slice(0, 5).join(', ');
  return misses.map((miss) => ({ ...miss, seen: `${miss.seen}; other topics: ${others}` }));
}

function viewerMisses(world: World, viewer: Viewer | undefined, wanted: Expectation): Miss[] {
  const { status, headers, ...more } = wanted;
  const misses: Miss[] = [];
  const seen = viewer?.status() ?? 0;
  if (status !== undefined && seen !== status) {
    misses.push({ key: 'status', expected: String(status), seen: seen === 0 ? 'no answer' : String(seen) });
  }
  if (headers) misses.push(...compareHeaders(headers, viewer?.headers() ?? {}));
  const items = (viewer?.pictures ?? []).map((data): Item => ({ body: data, picture: world.pictures.find(data) }));
  return [...misses, ...compareList(more, items, 'picture'), ...compareEach(more, items, 'picture')];
}

export function answerMisses(world: World, wanted: Answer, { status, headers, body }: Answered): Miss[] {
  const misses: Miss[] = [];
  const miss = (key: string, expected: string, seen: string): void => {
    if (expected !== seen) misses.push({ key, expected, seen });
  };
  const picture = world.pictures.find(body);
  if (wanted.status !== undefined && wanted.status !== status) {
    const text = body.length > 0 ? ` with ${excerpt(body)}` : '';
    misses.push({ key: 'status', expected: String(wanted.status), seen: `${status}${text}` });
  }
  if (wanted.headers) misses.push(...compareHeaders(wanted.headers, headers));
  if (wanted.picture !== undefined) {
    miss('picture', `picture ${wanted.picture}`, picture ? `picture ${picture.number ?? '?'}` : excerpt(body));
  }
  if (wanted.size !== undefined) miss('size', wanted.size, picture?.size ?? excerpt(body));
  if (wanted.contains !== undefined && !body.includes(wanted.contains)) {
    misses.push({ key: 'contains', expected: JSON.stringify(wanted.contains), seen: excerpt(body) });
  }
  if (wanted.json !== undefined && !within(wanted.json, parsed(body))) {
    misses.push({ key: 'json', expected: JSON.stringify(wanted.json), seen: excerpt(body) });
  }
  if (wanted.acknowledged !== undefined) miss('acknowledged', 'an MQTT message', 'an HTTP request');
  return misses;
}
