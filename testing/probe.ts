// Test plugins at both ends of a plugin under test: a source that sends given pictures, and a consumer that records frames.

import type { Capture, Frame, Input, Node, Release } from '../core/contract/plugin.ts';
import type { OptionSchema } from '../core/contract/schema.ts';

const describe = (summary: string, provides: readonly string[], properties: Record<string, OptionSchema>): object => ({
  ...{ summary, description: `${summary}.`, provides, type: 'object', additionalProperties: false, properties },
});

export interface Feed {
  /** The plugin `test/feed`, for `run(…, { plugins })`. It announces one camera with the id of its node. */
  readonly plugin: object;
  /** Resolves when all consumers have acknowledged the frame, and rejects if one refuses it; without `wait`, resolves immediately. */
  send(capture: Capture, wait?: boolean): Promise<void>;
  /** Number of active wants. */
  wants(): number;
  /** Number of requested captures. */
  captures(): number;
}

/** @param capture makes the picture of a capture; without it, the source supports no captures, like a camera that always sends */
export function createFeed(capture?: () => Capture): Feed {
  let current: Node<unknown> | undefined;
  let wanted = 0;
  let captures = 0;
  const started = (): Node<unknown> => {
    if (!current) throw new Error('The node that uses test/feed has not started.');
    return current;
  };
  return {
    plugin: {
      use: 'test/feed',
      schema: describe('Sends the pictures of a test', ['frames'], {}),
      start(node: Node<unknown>) {
        current = node;
        node.output.announce(node.id);
        node.output.onWant(() => {
          let held = true;
          wanted++;
          return () => {
            if (held) wanted--;
            held = false;
          };
        });
        if (!capture) return;
        node.output.answer('capture', async () => {
          captures++;
          return node.output.stamp(capture());
        });
      },
    },
    send: (picture, wait = true) => started().output.emit(started().output.stamp(picture), wait),
    wants: () => wanted,
    captures: () => captures,
  };
}

export interface Probe {
  /** The plugin `test/probe`, for `run(…, { plugins })`; its option `from` names the node before it. */
  readonly plugin: object;
  /** Every accepted frame, oldest first; the list grows. */
  readonly frames: readonly Frame[];
  cameras(): readonly string[];
  want(camera?: string): Release;
  answers(camera: string): boolean;
  capture(camera: string, signal?: AbortSignal): Promise<Frame>;
}

/** @param take handles each frame: resolving acknowledges it, rejecting refuses it */
export function createProbe(take: (frame: Frame) => void | Promise<void> = () => {}): Probe {
  const frames: Frame[] = [];
  let current: Input | undefined;
  const input = (): Input => {
    if (!current) throw new Error('The node that uses test/probe has not started.');
    return current;
  };
  const from: OptionSchema = {
    description: 'Where the frames come from: one node or a list.',
    type: ['string', 'array'],
    items: { type: 'string' },
    reference: { ports: ['frames'], delivery: 'every' },
  };
  return {
    plugin: {
      use: 'test/probe',
      schema: { ...describe('Records frames for a test', [], { from }), required: ['from'] },
      start(node: Node<unknown>) {
        current = node.input();
        current.each(
          async (frame) => {
            await take(frame);
            frames.push(frame);
          },
          { delivery: 'every', demand: 'none' },
        );
      },
    },
    frames,
    cameras: () => input().cameras(),
    want: (camera) => input().want(camera),
    answers: (camera) => input().answers('capture', camera),
    capture: (camera, signal = new AbortController().signal) => input().ask('capture', camera, undefined, signal),
  };
}
