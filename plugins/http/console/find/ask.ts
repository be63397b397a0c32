// Sends questions to a multicast group and collects answers, with limits for time, number and size.

import { createSocket } from 'node:dgram';

export interface Question {
  readonly address: string;
  readonly port: number;
  readonly packets: readonly Buffer[];
  readonly signal: AbortSignal;
  /** Milliseconds. */
  readonly patience?: number;
}

const PATIENCE_MS = 2500;
/** Milliseconds until the questions are sent a second time, because UDP loses packets. */
const AGAIN_MS = 500;
export const MAX_ANSWERS = 256;
export const MAX_ANSWER = 16 * 1024;

export interface Answer {
  /** The address of the sender. */
  readonly from: string;
  readonly data: Buffer;
}

/** Packets have a TTL of 1, so they stay in the local network. Without a network, the result is empty. */
export function ask({ address, port, packets, signal, patience = PATIENCE_MS }: Question): Promise<Answer[]> {
  return new Promise((resolve) => {
    const answers: Answer[] = [];
    const socket = createSocket({ type: 'udp4', reuseAddr: true });
    const send = (): void => {
      for (const packet of packets) socket.send(packet, port, address, () => {});
    };
    const end = (): void => {
      clearTimeout(timer);
      clearTimeout(again);
      signal.removeEventListener('abort', end);
      socket.close(() => resolve(answers));
    };
    const timer = setTimeout(end, patience);
    const again = setTimeout(send, Math.min(AGAIN_MS, patience / 2));
    socket.on('error', () => {});
    socket.on('message', (data, { address: from }) => {
      if (data.length <= MAX_ANSWER && answers.length < MAX_ANSWERS) answers.push({ from, data });
    });
    socket.bind(0, () => {
      socket.setMulticastTTL(1);
      send();
    });
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
  });
}
