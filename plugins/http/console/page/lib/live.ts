// Live metrics of all nodes: one WebSocket to the daemon, which reconnects.

import { useEffect, useRef, useState } from 'preact/hooks';
import { CLOSED, type LiveEvent, type LiveRequest, type LogLine, type NodeStatusLine } from '../../api.ts';
import type { Console } from './start.ts';

/** Milliseconds between two connection attempts. */
const AGAIN_MS = 2000;

export interface Live {
  readonly nodes: ReadonlyMap<string, NodeStatusLine>;
  readonly now: number;
  /** False while the connection is lost. */
  readonly connected: boolean;
}

export interface LiveOptions extends LiveRequest {
  readonly onReload?: () => void;
  readonly onLog?: (line: LogLine) => void;
}

export function useLive({ api, href }: Console, options: LiveOptions): Live {
  const [live, setLive] = useState<Live>({ nodes: new Map(), now: Date.now(), connected: true });
  // Keeps the newest listeners without a new connection for each.
  const listeners = useRef(options);
  listeners.current = options;
  useEffect(() => {
    let socket: WebSocket | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let left = false;
    const open = (): void => {
      socket = api.socket('live');
      const { log } = listeners.current;
      socket.onopen = () =>
        socket?.send(JSON.stringify({ ...(log === undefined ? {} : { log }) } satisfies LiveRequest));
      socket.onmessage = ({ data }) => {
        const event = JSON.parse(String(data)) as LiveEvent;
        if (event.is === 'log') listeners.current.onLog?.(event.line);
        else if (event.is === 'reloaded') listeners.current.onReload?.();
        else setLive({ nodes: new Map(event.nodes.map((node) => [node.id, node])), now: event.now, connected: true });
      };
      socket.onclose = ({ code }) => {
        if (left) return;
        if (code === CLOSED.login) location.assign(href('login'));
        setLive((last) => ({ ...last, connected: false }));
        timer = setTimeout(open, AGAIN_MS);
      };
    };
    open();
    return () => {
      left = true;
      clearTimeout(timer);
      socket?.close();
    };
  }, []);
  return live;
}
