// The viewers of a path, which survive reloads as long as the path stays the same.

import type { Node } from '../../../core/contract/plugin.ts';

interface Movable<Host> {
  /** Moves it to another node, or to none for the moment. */
  moveTo(host: Host | undefined): void;
  close(): void;
}

/** A changed path disconnects the viewers, because their URL is no longer served. `host` serves them while this instance is active. */
export async function durableChannels<Channels extends Movable<Host>, Host, Options>(
  node: Node<Options>,
  path: string,
  host: Host,
  create: () => Channels,
): Promise<Channels> {
  const state = await node.durable<{ readonly channels: Channels; host: Host | undefined }>('channels', {
    same: [path],
    create: () => ({ channels: create(), host: undefined }),
    dispose: ({ channels }) => channels.close(),
  });
  const { channels } = state;
  node.whileActive(() => {
    state.host = host;
    channels.moveTo(host);
    // A successor becomes active in the same step, so that demand continues.
    return () =>
      queueMicrotask(() => {
        if (state.host !== host) return;
        state.host = undefined;
        channels.moveTo(undefined);
      });
  });
  return channels;
}
