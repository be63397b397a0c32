// source/tcp: a byte feed over TCP or a unix socket, as client or as listener, parsed without a copy.

import { type NetConnectOpts, connect as openSocket, type Socket } from 'node:net';
import { type Address, parseAddress } from '../../core/base/address.ts';
import { reason } from '../../core/base/reason.ts';
import { formatDuration } from '../../core/base/units.ts';
import { defineNode, environment, misuse, type Node } from '../../core/contract/plugin.ts';
import type { SourceTcpOptions } from '../../schemas/source/tcp.ts';
import { createOddities } from '../kit/camera/oddities.ts';
import { keepOpen, type Opening } from '../kit/capture/feed.ts';
import { oneCamera } from '../kit/capture/frame-facts.ts';
import { publishFrames } from '../kit/capture/sink.ts';
import { failedConnection, openSocket as tryConnection } from '../kit/examine/connection.ts';
import { readInto } from '../kit/image/read-buffer.ts';

/** TCP keep-alive for peers that vanish; the feed's `timeout` usually ends the connection earlier. */
const KEEP_ALIVE_MS = 10_000;

export default defineNode<SourceTcpOptions>({
  frames: (options, view) => oneCamera(options, view),
  async *examine({ connect }, { signal }) {
    const address = connect === undefined ? undefined : parseAddress(connect);
    if (address?.kind !== 'tcp') return;
    const endpoint = { host: address.host || '127.0.0.1', port: address.port };
    try {
      (await tryConnection(endpoint, signal)).destroy();
      yield {
        is: 'fine',
        code: 'reachable',
        option: 'connect',
        message: `The feed at ${connect} accepts connections.`,
      };
    } catch (cause) {
      yield failedConnection(`The feed at ${connect}`, 'connect', endpoint, cause);
    }
  },
  async start(node) {
    const { connect, listen, timeout } = node.options;
    const text = connect ?? listen ?? '';
    const address = parseAddress(text);
    if (!address) throw misuse('bad-address', `"${text}" is not an address.`);

    const open = connect === undefined ? await acceptor(node, text) : connector(node, address, text);
    const what = connect === undefined ? `The feed at ${text}` : text;
    const odd = createOddities(node);
    publishFrames(node, { ...node.options, mode: 'always', linger: 0, capture_timeout: 0 }, (sink, signal) =>
      keepOpen(node, { what, timeout, odd }, sink, signal, open),
    );
  },
});

type Open = (opening: Opening) => Promise<void>;

function connector(node: Node<SourceTcpOptions>, address: Address, text: string): Open {
  const target =
    address.kind === 'unix' ? { path: address.path } : { host: address.host || '127.0.0.1', port: address.port };
  return (opening) => {
    const push = opening.begin();
    const options: NetConnectOpts = {
      ...target,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_MS,
      onread: readInto(push),
    };
    const socket = openSocket(options);
    const { connect_timeout: limit } = node.options;
    const connecting = new AbortController();
    node.clock.sleep(limit, connecting.signal).then(
      () => socket.destroy(environment('unreachable', `it did not answer within ${formatDuration(limit)}`)),
      () => {},
    );
    socket.once('connect', () => connecting.abort());
    return untilClosed(socket, opening, text).finally(() => connecting.abort());
  };
}

/** Listens for connections; the newest one is the feed. */
async function acceptor(node: Node<SourceTcpOptions>, text: string): Promise<Open> {
  const listener = await node.listen(text);
  let newest: Socket | undefined;
  let arrived = (): void => {};
  listener.accept((socket) => {
    socket.on('error', () => {});
    if (newest && !newest.destroyed) node.log.warn('a newer connection replaces the feed');
    newest?.destroy();
    newest = socket;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    arrived();
  });
  node.defer(() => void newest?.destroy());
  return async (opening) => {
    if (!newest || newest.destroyed) node.degraded(`No sender is connected to ${text} yet.`);
    const socket = await new Promise<Socket>((resolve, reject) => {
      arrived = () => {
        if (newest && !newest.destroyed) resolve(newest);
      };
      opening.signal.addEventListener('abort', () => reject(opening.signal.reason), { once: true });
      arrived();
    });
    const push = opening.begin();
    socket.on('data', push);
    return untilClosed(socket, opening, `The feed at ${text}`);
  };
}

/** Rejects with the reason when the socket has closed, for any cause. */
function untilClosed(socket: Socket, opening: Opening, text: string): Promise<void> {
  return new Promise((_, reject) => {
    let cause: Error | undefined;
    let connected = !socket.connecting;
    const stop = (): void => void socket.destroy();
    opening.signal.addEventListener('abort', stop, { once: true });
    if (opening.signal.aborted) stop();
    socket.once('connect', () => {
      connected = true;
    });
    socket.once('end', () => socket.destroy());
    socket.once('error', (error) => {
      cause = error;
    });
    socket.once('close', () => {
      opening.signal.removeEventListener('abort', stop);
      if (cause) {
        const failed = connected ? `The connection with ${text} was lost` : `${text} cannot be reached`;
        reject(environment('unreachable', `${failed}: ${reason(cause)}.`, cause));
      } else reject(environment('feed-ended', `${text} has closed the connection.`));
    });
    if (socket.destroyed && socket.closed) reject(environment('feed-ended', `${text} has closed the connection.`));
  });
}
