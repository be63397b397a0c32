// A node context for source tests: a real output, a manual clock, and recorded health reports.

import type { ParsedImage, ParserFactory } from '../../core/contract/plugin.ts';
import { createFlow } from '../../core/graph/flow/flow.ts';
import { createNodeOutput, type NodeOutput } from '../../core/graph/flow/output.ts';
import { type DemandOptions, publishFrames, type Sink, type SourceNode } from '../../plugins/kit/capture/sink.ts';
import { type ManualClock, manualClock } from './manual-clock.ts';

export const image = (text = 'x'): ParsedImage => ({
  data: Buffer.from(text),
  type: 'image/jpeg',
  width: 1,
  height: 1,
  hasHeadroom: false,
});

/** Every chunk is a picture, except "junk". */
const chunks: ParserFactory = (sink) => ({
  push: (chunk) =>
    chunk.toString() === 'junk' ? sink.skipped(chunk.length, 'junk') : sink.image(image(chunk.toString())),
  end() {},
});

export interface Fake {
  readonly node: SourceNode;
  readonly output: NodeOutput;
  readonly time: ManualClock;
  /** Sentences of `degraded`, "healthy" and "failed: …", in order. */
  readonly states: string[];
  readonly counts: Map<string, number>;
  stop(): Promise<void>;
}

export function fake(parser: ParserFactory = chunks): Fake {
  const time = manualClock();
  const { clock } = time;
  const output = createNodeOutput('cam', createFlow(clock, { of: () => () => {} }));
  const session = output.open();
  session.activate();
  const control = new AbortController();
  const states: string[] = [];
  const counts = new Map<string, number>();
  const deferred: (() => void | Promise<void>)[] = [];
  const tasks: Promise<void>[] = [];
  const silent = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent };
  const unused = (): never => {
    throw new Error('not used by sources');
  };
  const fail = (cause: unknown): void => void states.push(`failed: ${cause instanceof Error ? cause.message : cause}`);
  const node: SourceNode = {
    id: 'cam',
    use: 'source/fake',
    log: silent,
    clock,
    metrics: { count: (name, by = 1) => void counts.set(name, (counts.get(name) ?? 0) + by), gauge() {} },
    memory: { take: () => () => {} },
    signal: control.signal,
    output: session.output,
    input: unused,
    pass: unused,
    durable: unused,
    whileActive: (attach) => void attach(),
    ref: unused,
    refs: unused,
    parser,
    defer: (cleanup) => void deferred.push(cleanup),
    task: (work) => void tasks.push(work(control.signal).catch(fail)),
    degraded: (why) => void (states.at(-1) === why || states.push(why)),
    healthy: () => void (states.at(-1) === 'healthy' || states.push('healthy')),
    lost() {},
    fail,
    listen: unused,
    resolve: (path) => path,
    stateFolder: '/nonexistent',
    profile: unused,
    get kernel() {
      return unused();
    },
    cameras: { name: (camera) => camera, onNames() {}, report() {} },
    daemon: {
      version: '0',
      startedAt: 0,
      nodes: () => [],
      cameras: () => [],
      reloads: () => ({ count: 0 }),
      memory: () => ({ most: 0, used: 0, refused: 0 }),
    },
  };
  return {
    node,
    output: output,
    time,
    states,
    counts,
    async stop() {
      control.abort(new Error('stopping'));
      for (const cleanup of deferred.reverse()) await cleanup();
      await Promise.all(tasks);
    },
  };
}

export const demand: DemandOptions = { mode: 'on_demand', linger: 10_000, capture_timeout: 5000 };
export const patience = (): AbortSignal => new AbortController().signal;

/** A source that counts its runs; the test supplies its pictures. */
export function hand(world: Fake, options: DemandOptions): { runs: number; running: number; sink: Sink | undefined } {
  const state: { runs: number; running: number; sink: Sink | undefined } = {
    runs: 0,
    running: 0,
    sink: undefined,
  };
  publishFrames(world.node, options, async (sink, signal) => {
    state.runs++;
    state.running++;
    state.sink = sink;
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    state.running--;
  });
  return state;
}

/** All frames that leave the node. */
export function watch(world: Fake): string[] {
  const state: string[] = [];
  world.output.add({ push: (frame) => void state.push(frame.data.toString()), drain: async () => {}, close() {} });
  return state;
}
