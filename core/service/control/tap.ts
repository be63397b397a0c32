// The server side of `camd tap`: sends a node's frames, each as a JSON line and the picture, at the speed of the client.

import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { type Frame, headOf } from '../../contract/frame.ts';
import type { Daemon } from '../../daemon.ts';
import { createSubscription } from '../../graph/flow/subscription.ts';
import type { TapEnd, TappedFrame } from './messages.ts';

/** Ends when the client disconnects, or with a sentence when the node is removed. A tap is an ordinary live consumer of the node. */
export function tap(response: ServerResponse, daemon: Daemon, id: string): void {
  const spec = daemon.profile?.nodes.get(id);
  const output = daemon.output(id);
  if (!output || !spec?.provides.includes('frames')) {
    const tappable = [...(daemon.profile?.nodes.values() ?? [])].filter((node) => node.provides.includes('frames'));
    const names = tappable.map((node) => node.id).join(', ');
    response.writeHead(404).end(`${spec ? `${id} sends no frames` : `there is no node "${id}"`}; tap one of: ${names}`);
    return;
  }
  response.writeHead(200, { 'content-type': 'application/octet-stream' });
  response.flushHeaders();
  let skipped = 0;
  const subscription = createSubscription({
    delivery: 'live',
    handler(frame) {
      const more = write(response, frame, skipped);
      skipped = 0;
      if (!more) return drained(response);
    },
    onSkip: () => void skipped++,
    onFull: () => {},
    onFail: () => response.destroy(),
  });
  const unwatch = output.onEnd(() => {
    subscription.close();
    const last: TapEnd = { end: `a reload has removed the node ${id}; no further frames come` };
    response.end(`${JSON.stringify(last)}\n`);
  });
  output.add(subscription);
  const release = output.want(undefined);
  response.once('close', () => {
    unwatch();
    output.remove(subscription);
    subscription.close();
    release();
  });
}

function write(response: ServerResponse, frame: Frame, skipped: number): boolean {
  const head: TappedFrame = {
    ...headOf(frame),
    age: Math.max(0, Date.now() - frame.time),
    skipped,
  };
  response.write(`${JSON.stringify(head)}\n`);
  return response.write(frame.data);
}

async function drained(response: ServerResponse): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  await once(response, 'drain', { signal: gone.signal }).catch(() => {});
}
