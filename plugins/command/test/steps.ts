// Performs the steps of one test in its world, up to the first that fails, and returns its failures.

import { setTimeout as sleep } from 'node:timers/promises';
import type { ParserPlugin } from '../../../core/contract/plugin.ts';
import { sentence } from '../../../core/contract/problems.ts';
import { answerMisses, expectMisses } from './compare.ts';
import { type Answered, call, type Viewer, view } from './exchange.ts';
import type { Miss } from './expect.ts';
import type { OpenStep, PublishStep, RequestStep, SendStep, Step } from './language.ts';
import type { World } from './world.ts';

/** How often an expectation is checked while simulated time stands still. */
const MOST_LOOKS = 50;
/** Real milliseconds between two checks. */
const PAUSE_MS = 20;
/** Real milliseconds for the nodes to process a picture or a message, encoding included, while simulated time stands still. */
const TAKE_MS = 3000;
/** Simulated timeout of an HTTP request in milliseconds. */
const REQUEST_MS = 60_000;
const BOUNDARY = 'camd-test-boundary';

/** `pointer` is relative to the test, such as "/steps/3/expect/count". */
export interface Failure {
  readonly pointer: string;
  readonly message: string;
  readonly expected: string;
  readonly seen: string;
}

/** State that steps leave for later steps. */
export interface Memory {
  readonly viewers: Map<string, Viewer>;
  readonly multipart: ParserPlugin;
}

/** Empty if every expectation was met. */
export async function runSteps(world: World, steps: readonly Step[], multipart: ParserPlugin): Promise<Failure[]> {
  const memory: Memory = { viewers: new Map(), multipart };
  try {
    for (const [index, step] of steps.entries()) {
      const at = `/steps/${index}`;
      const misses = await runStep(world, memory, step);
      if (misses.length > 0) return misses.map((miss) => failure(at, miss));
    }
    return [];
  } finally {
    for (const viewer of memory.viewers.values()) viewer.close();
  }
}

function failure(at: string, { key, expected, seen }: Miss): Failure {
  const name = key.split('/').slice(1).join(' ');
  return { pointer: `${at}/${key}`, message: `${name}: expected ${expected}, saw ${seen}`, expected, seen };
}

async function runStep(world: World, memory: Memory, step: Step): Promise<Miss[]> {
  if (step.send) return send(world, step.send);
  if (step.wait !== undefined) return wait(world, step.wait);
  if (step.request) return request(world, step.request, step);
  if (step.open) return open(world, memory, step.open);
  if (step.publish) return publish(world, step.publish, step);
  if (step.close !== undefined) {
    memory.viewers.get(step.close)?.close();
    await world.network.quiet();
  }
  if (step.printer) {
    const { node, ...state } = step.printer;
    world.standIns.printers.get(node)?.set(state);
    await world.network.quiet();
  }
  const { expect } = step;
  if (!expect) return [];
  const misses = await patiently(world, () => expectMisses(world, memory.viewers, expect));
  return misses.map((miss) => ({ ...miss, key: `expect/${miss.key}` }));
}

async function send(world: World, { to, count, every, camera, size }: SendStep): Promise<Miss[]> {
  for (let sent = 0; sent < count; sent++) {
    if (sent > 0 && every !== undefined) await wait(world, every);
    const picture = world.take(to, size);
    const sending = world.standIns.feeds.get(to)?.send(camera === undefined ? picture : { ...picture, camera });
    // Refusals and waiting consumers do not fail this step; expectations check them.
    if (sending)
      await world.drive(
        sending.catch(() => {}),
        0,
      );
  }
  return [];
}

async function wait({ time, network }: World, ms: number): Promise<Miss[]> {
  const end = time.clock.monotonic() + ms;
  await network.quiet();
  while (time.clock.monotonic() < end) {
    time.step(end - time.clock.monotonic());
    await network.quiet();
  }
  return [];
}

function headersAndBody(world: World, { headers = {}, body, picture, form, file }: RequestStep) {
  const made = picture === undefined ? undefined : world.pictures.make(picture, world.time.clock.now()).data;
  const type = form ? `multipart/form-data; boundary=${BOUNDARY}` : made ? 'image/jpeg' : undefined;
  const bytes = form ? formBody(form, file, made) : (made ?? (body === undefined ? undefined : Buffer.from(body)));
  if (!bytes) return { headers };
  const typed = type === undefined ? {} : { 'content-type': type };
  return { headers: { ...typed, 'content-length': String(bytes.length), ...headers }, body: bytes };
}

/** RFC 7578. */
function formBody(form: NonNullable<RequestStep['form']>, file: string, picture: Buffer | undefined): Buffer {
  const head = (name: string, more: string): string =>
    `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n`;
  const fields = Object.entries(form).map(([name, value]) => Buffer.from(`${head(name, '')}${value}\r\n`));
  const last = picture
    ? [Buffer.from(head(file, '; filename="picture.jpg"\r\nContent-Type: image/jpeg')), picture, Buffer.from('\r\n')]
    : [];
  return Buffer.concat([...fields, ...last, Buffer.from(`--${BOUNDARY}--\r\n`)]);
}

async function request(world: World, wanted: RequestStep, { answer }: Step): Promise<Miss[]> {
  const origin = originOf(world, wanted.to);
  if (origin === undefined)
    return [{ key: 'request/to', expected: 'a running server', seen: 'a server that is not running' }];
  const { path, method } = wanted;
  const work = call({ origin, path, method, ...headersAndBody(world, wanted) });
  let answered: Answered | undefined;
  try {
    answered = (await world.drive(work, REQUEST_MS))?.value;
  } catch (thrown) {
    return [{ key: 'request', expected: 'an answer', seen: sentence(thrown) }];
  }
  if (!answered) return [{ key: 'request', expected: `an answer within ${REQUEST_MS / 1000}s`, seen: 'none' }];
  await world.network.quiet();
  const misses = answer ? answerMisses(world, answer, answered) : [];
  return misses.map((miss) => ({ ...miss, key: `answer/${miss.key}` }));
}

async function open(world: World, memory: Memory, wanted: OpenStep): Promise<Miss[]> {
  const origin = originOf(world, wanted.to);
  if (origin === undefined)
    return [{ key: 'open/to', expected: 'a running server', seen: 'a server that is not running' }];
  const { path, headers = {} } = wanted;
  const viewer = view({ origin, path, method: 'GET', headers }, memory.multipart);
  memory.viewers.get(wanted.as)?.close();
  memory.viewers.set(wanted.as, viewer);
  try {
    // A stream may send its headers only with its first picture.
    await world.drive(viewer.opened, 0);
  } catch (thrown) {
    return [{ key: 'open', expected: 'an answer', seen: sentence(thrown) }];
  }
  await world.network.quiet();
  return [];
}

async function publish(world: World, wanted: PublishStep, { answer }: Step): Promise<Miss[]> {
  const { to, topic, body = '', picture } = wanted;
  const payload = picture === undefined ? Buffer.from(body) : world.pictures.make(picture, world.time.clock.now()).data;
  const broker = world.standIns.brokers.get(to);
  const delivered = broker ? await world.drive(broker.deliver(topic, payload), 0, TAKE_MS) : undefined;
  await world.network.quiet();
  if (answer?.acknowledged === undefined) return [];
  const seen = delivered === undefined ? 'no answer' : String(delivered.value);
  const expected = String(answer.acknowledged);
  return seen === expected ? [] : [{ key: 'answer/acknowledged', expected, seen }];
}

function originOf({ daemon }: World, id: string): string | undefined {
  return daemon.provided(id)?.server?.origin;
}

/** Bounded by the number of checks, not by time: on a busy machine both the awaited work and these pauses take longer. */
async function patiently(world: World, look: () => Promise<Miss[]>): Promise<Miss[]> {
  for (let looks = 1; ; looks++) {
    await world.network.quiet();
    const misses = await look();
    if (misses.length === 0 || looks === MOST_LOOKS) return misses;
    await sleep(PAUSE_MS);
  }
}
