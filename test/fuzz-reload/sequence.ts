// One sequence: a daemon is edited again and again under a stream and uploads, then compared with one started from the last profile.

import { readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { start as begin, type Running } from '../../testing/run.ts';
import { freePort } from '../support/free-port.ts';
import type { Ending } from '../support/harness.ts';
import { sampleJpeg } from '../support/jpeg.ts';
import { random } from '../support/random.ts';
import { until } from '../support/until.ts';
import { type Edited, edit } from './edits.ts';
import { firstModel, type Model, PICTURE, type Ports, written } from './model.ts';
import { childrenOf, observe, type Seen, storedFiles } from './observe.ts';

/** A stream may pause for so long during a reload. */
const MOST_GAP_MS = 1500;

export interface Outcome {
  readonly reloads: number;
  readonly refused: number;
  /** What went wrong, with the edits that led there. */
  readonly faults: readonly string[];
}

export async function sequence(t: Ending, seed: number, steps: number): Promise<Outcome> {
  const pick = random(seed);
  const occupied = await occupiedPort(t);
  const ports: Ports = {
    anchor: await freePort(),
    others: [await freePort(), await freePort(), await freePort()],
    occupied,
  };
  const faults: string[] = [];
  let model: Model = firstModel(ports);
  let refused = 0;
  const text = written(model);
  const start = async (profile: string, extra: string): Promise<Running> => {
    const { running, started } = begin(t, profile, { files: { 'extra.yaml': extra } });
    writeFileSync(join(running.folder, PICTURE), sampleJpeg());
    await started;
    return running;
  };
  const camd = await start(text.profile, text.extra);
  await until(async () => (await fetch(`http://127.0.0.1:${ports.anchor}/watch`, { method: 'HEAD' })).ok, 'the stream');
  const viewer = watch(ports.anchor);
  const uploads = upload(ports.anchor);

  for (let step = 0; step < steps; step++) {
    const edited = edit(model, pick, ports);
    const { profile, extra } = written(edited.model);
    writeFileSync(join(camd.folder, 'extra.yaml'), extra);
    const before = viewer.pictures();
    const children = childrenOf(camd.folder);
    const result = await camd.reload(profile);
    const why = faultOf(edited, result);
    if (why !== undefined) faults.push(`seed ${seed} step ${step} (${edited.name}): ${why}`);
    if (edited.refused) {
      refused++;
      if (!isDeepStrictEqual(childrenOf(camd.folder), children))
        faults.push(`seed ${seed} step ${step} (${edited.name}): a refused reload restarted a child`);
    }
    if (result.ok) model = edited.model;
    await until(
      () => viewer.pictures() > before + 1 || viewer.ended(),
      () => `the stream to go on after ${edited.name}`,
    );
  }

  const { profile, extra } = written(model);
  writeFileSync(join(camd.folder, 'extra.yaml'), extra);
  await camd.reload(profile);
  const acknowledged = await uploads.stop();
  if (viewer.ended()) faults.push(`seed ${seed}: the stream was cut`);
  if (viewer.longest() > MOST_GAP_MS)
    faults.push(`seed ${seed}: the stream paused for ${Math.round(viewer.longest())} ms`);
  viewer.end();
  const seen = await observe(camd, model, ports);
  const stored = storedFiles(camd.folder).length;
  if (stored < acknowledged) faults.push(`seed ${seed}: ${acknowledged} uploads acknowledged, ${stored} stored`);
  await camd.stop();
  const fresh = await start(profile, extra);
  // Its store begins empty.
  await until(() => post(ports.anchor, 0), 'a picture to be stored');
  const expected = await observe(fresh, model, ports);
  for (const difference of compare(seen, expected)) faults.push(`seed ${seed}: ${difference}`);
  await fresh.stop();
  return { reloads: steps, refused, faults };
}

function faultOf(
  edited: Edited,
  result: { readonly ok: boolean; readonly why?: string; readonly reading?: unknown },
): string | undefined {
  if (result.ok === !edited.refused) return undefined;
  if (result.ok) return 'it was accepted';
  const problems =
    (result.reading as { problems?: { severity: string; message: string }[] } | undefined)?.problems ?? [];
  const errors = problems.filter(({ severity }) => severity === 'error').map(({ message }) => message);
  return `it was refused: ${result.why ?? errors.join(' | ')}`;
}

/** Folders of the profile differ only in what was stored before. */
function compare(seen: Seen, expected: Seen): string[] {
  return (Object.keys(expected) as (keyof Seen)[]).flatMap((key) => {
    const [a, b] = [seen[key], expected[key]];
    return isDeepStrictEqual(a, b)
      ? []
      : [`${key} differ\n  edited: ${JSON.stringify(a)}\n  fresh:  ${JSON.stringify(b)}`];
  });
}

/** Milliseconds in which this process, daemons included, could run and the machine had no CPU for it. */
function starved(): number {
  const [, waited = '0'] = readFileSync('/proc/self/schedstat', 'utf8').split(' ');
  return Number(waited) / 1e6;
}

/** Counts pictures and the longest pause between two of them that neither this process itself nor a busy machine caused. */
function watch(port: number) {
  const socket = connect(port, '127.0.0.1');
  let pictures = 0;
  let over = false;
  let longest = 0;
  let last = performance.now();
  let looked = performance.now();
  let stalled = 0;
  let hungry = starved();
  const beat = setInterval(() => {
    const now = performance.now();
    stalled += Math.max(0, now - looked - 20);
    looked = now;
  }, 10);
  socket.on('data', (chunk: Buffer) => {
    if (chunk.indexOf('Content-Length') < 0) return;
    const now = performance.now();
    const waited = starved();
    if (pictures > 0) longest = Math.max(longest, now - last - Math.max(stalled, waited - hungry));
    stalled = 0;
    hungry = waited;
    last = now;
    pictures++;
  });
  const end = (): void => {
    over = true;
    clearInterval(beat);
  };
  socket.on('close', end).on('error', end);
  socket.write('GET /watch HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
  return {
    pictures: () => pictures,
    ended: () => over,
    longest: () => longest,
    end: () => socket.destroy(),
  };
}

/** True when the picture was acknowledged. */
async function post(port: number, seed: number): Promise<boolean> {
  const body = new Uint8Array(sampleJpeg({ width: 16, height: 16, seed }));
  const headers = { 'content-type': 'image/jpeg' };
  const response = await fetch(`http://127.0.0.1:${port}/in`, { method: 'POST', body, headers }).catch(() => undefined);
  await response?.arrayBuffer();
  return response?.ok ?? false;
}

/** Posts one picture after the other; each that is answered with 2xx counts. */
function upload(port: number) {
  let acknowledged = 0;
  let going = true;
  let seed = 0;
  const work = (async () => {
    while (going) {
      if (await post(port, seed++)) acknowledged++;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  return {
    async stop(): Promise<number> {
      going = false;
      await work;
      return acknowledged;
    },
  };
}

async function occupiedPort(t: Ending): Promise<number> {
  const server: Server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => void server.close());
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
