// The viewers of a path: they outlive the instance that serves them for as long as the path stays the same.

import type { Node } from '../../../core/contract/plugin.ts';

interface Movable<Host> {
  /** Another node serves it from now on, or none for the moment. */
  moveTo(host: Host | undefined): void;
  close(): void;
}

/** Under another path the viewers end, since their address is no longer served. `host` serves them while this instance is in effect. */
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
    // A successor takes effect in the same step, so that what is wanted stays wanted.
    return () =>
      queueMicrotask(() => {
        if (state.host !== host) return;
        state.host = undefined;
        channels.moveTo(undefined);
      });
  });
  return channels;
}
