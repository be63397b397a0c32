// Runs one node for a short time outside of the graph and collects its first frames.

import type { Clock } from '../../../core/base/clock.ts';
import type { Frame } from '../../../core/contract/frame.ts';
import type { Fenced, Tried, TryOptions } from '../../../core/contract/kernel.ts';
import { sentence } from '../../../core/contract/problems.ts';
import type { EditingContext } from '../../../core/daemon/editing.ts';
import { createSubscription } from '../../../core/graph/flow/subscription.ts';
import { plan } from '../../../core/graph/plan/plan.ts';
import type { Profile, Reading } from '../../../core/profile/profile.ts';
import { fenced } from './power/fence.ts';
import type { PlainValue } from './text/edits.ts';
import { literal } from './text/write.ts';

/** Nodes that are tried at the same time; more are refused. */
export const MAX_TRIES = 4;
export const TRIED_ID = 'camera';

export interface TryContext extends Pick<EditingContext, 'clock' | 'runner' | 'stateFolder'> {
  /** Reads a text as a profile. */
  preview(text: string): Promise<Reading>;
}

export function createTrier(
  context: TryContext,
): (value: Readonly<Record<string, unknown>>, options: TryOptions) => Promise<Tried> {
  let open = 0;
  return async (value, options) => {
    if (open >= MAX_TRIES) return nothing('Too many cameras are being tried at once; try again.');
    open++;
    try {
      return await tryOne(context, value, options);
    } catch (thrown) {
      return nothing(sentence(thrown));
    } finally {
      open--;
    }
  };
}

const nothing = (why: string, more: Partial<Tried> = {}): Tried => ({
  frames: [],
  problems: [],
  fenced: [],
  why,
  ...more,
});

async function tryOne(
  context: TryContext,
  value: Readonly<Record<string, unknown>>,
  { signal, frames: most, firstMs, moreMs }: TryOptions,
): Promise<Tried> {
  // JSON is YAML; `literal` escapes interpolations.
  const node = literal(value as PlainValue);
  const reading = await context.preview(JSON.stringify({ camd: 1, pipeline: { [TRIED_ID]: node } }));
  const { profile, problems } = reading;
  if (!profile) return nothing(problems[0]?.message ?? 'The options are wrong.', { problems });
  const refused = newNode(reading, profile, context.stateFolder);
  if (refused[0]) return nothing(refused[0].message, { fenced: refused });
  const runner = context.runner({ ...reading, profile });
  const began = context.clock.monotonic();
  const frames: { frame: Frame; afterMs: number }[] = [];
  try {
    await runner.boot(plan(profile));
    const output = runner.output(TRIED_ID);
    if (!output) return nothing('The node has not started.');
    const ending = new AbortController();
    const subscription = createSubscription({
      delivery: 'live',
      handler(frame) {
        frames.push({ frame, afterMs: context.clock.monotonic() - began });
        if (frames.length === 1 || frames.length >= most) ending.abort();
      },
      onSkip: () => {},
      onFull: () => {},
      onFail: () => {},
    });
    output.add(subscription);
    const release = output.want(undefined);
    await wait(context.clock, firstMs, AbortSignal.any([signal, ending.signal]));
    if (frames.length > 0) {
      const more = new AbortController();
      const look = setInterval(() => frames.length >= most && more.abort(), 10);
      await wait(context.clock, moreMs, AbortSignal.any([signal, more.signal]));
      clearInterval(look);
    }
    release();
    output.remove(subscription);
    subscription.close();
    const state = runner.status().find(({ id }) => id === TRIED_ID)?.state;
    const why = state && 'why' in state ? state.why : `No picture arrived within ${Math.round(firstMs / 1000)} s.`;
    return { frames: frames.slice(0, most), problems, fenced: [], ...(frames.length === 0 ? { why } : {}) };
  } finally {
    await runner.stop();
  }
}

async function wait(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  await clock.sleep(ms, signal).catch(() => {});
}

/** Checks the node as an addition to an empty profile. */
function newNode(reading: Reading, profile: Profile, stateFolder: string): Fenced[] {
  const empty = { ...profile, nodes: new Map() };
  return fenced({ reading: { ...reading, trees: undefined }, profile: empty }, { reading, profile }, stateFolder);
}
