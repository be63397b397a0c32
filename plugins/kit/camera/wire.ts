// One connection to a camera: one request at a time, and its response, read as it arrives.

import type { Socket } from 'node:net';
import { type BodyReader, createBodyReader, type Take } from './body.ts';
import { framingOf } from './framing.ts';
import { createHeadReader, type HeadReader, type ResponseHead } from './head.ts';
import type { Oddity } from './oddities.ts';

/** Bytes that may arrive while no caller reads: a paused connection delivers no more than a few reads. */
export const MAX_EARLY_BYTES = 1024 * 1024;

/** Why reading stopped: `enough`: `take` returned true. `complete`, `cut`, `malformed`: see BodyReader. */
export type BodyEnd = 'enough' | 'complete' | 'cut' | 'malformed';

export interface WireResponse {
  readonly head: ResponseHead;
  /** Passes the body to `take` until it ends or `take` returns true; may be called again. Rejects when the connection fails. */
  read(take: Take): Promise<BodyEnd>;
  /** After `read` reached the end that the framing gives: continues to the end of the connection. */
  readOn(take: Take): Promise<BodyEnd>;
  /** Makes the connection available again. False: it cannot be used for another request. */
  release(): boolean;
}

export interface Wire {
  /** Rejects with an error whose code is `EMPTY` when the connection ended before the first byte. */
  request(bytes: Buffer, method: string): Promise<WireResponse>;
  /** Bytes from the socket, valid only during the call. */
  receive(chunk: Buffer): void;
  attach(socket: Socket): void;
  destroy(): void;
  readonly isClosed: boolean;
}

/** How arriving bytes are handled. `idle`: between two requests. `waiting`: no caller reads the body. */
type Phase =
  | { readonly is: 'idle' }
  | { readonly is: 'head'; readonly reader: HeadReader; readonly method: string; readonly done: Settle<WireResponse> }
  | { readonly is: 'waiting'; readonly body: BodyReader }
  | { readonly is: 'reading'; readonly body: BodyReader; readonly done: Settle<BodyEnd> }
  | { readonly is: 'closed' };

interface Settle<T> {
  resolve(value: T): void;
  reject(cause: Error): void;
}

const coded = (code: string, message: string): Error => Object.assign(new Error(message), { code });

export function createWire(odd: (oddity: Oddity) => void): Wire {
  let phase: Phase = { is: 'idle' };
  let socket: Socket | undefined;
  let failure: Error | undefined;
  let received = 0;
  /** Bytes that arrived while no caller read: the rest of the read that ended the head. */
  let early: Buffer[] = [];

  const isClosed = (): boolean => phase.is === 'closed';
  const endOf = (body: BodyReader): BodyEnd | undefined => {
    if (body.isEnough) return 'enough';
    return body.state === 'open' ? undefined : body.state;
  };
  const onClose = (): void => {
    const before = phase;
    phase = { is: 'closed' };
    if (before.is === 'head') {
      const why = 'the other side closed the connection without an answer';
      before.done.reject(failure ?? coded(received === 0 ? 'EMPTY' : 'UND_ERR_SOCKET', why));
    } else if (before.is === 'reading') {
      before.body.close();
      if (failure) before.done.reject(failure);
      else before.done.resolve(endOf(before.body) ?? 'cut');
    }
  };
  /** Pauses the connection as soon as the body has ended or the caller has enough. */
  const rest = (body: BodyReader, done: Settle<BodyEnd>): void => {
    const end = endOf(body);
    if (end === undefined) return;
    if (!isClosed()) {
      socket?.pause();
      phase = { is: 'waiting', body };
    }
    done.resolve(end);
  };
  const consume = (body: BodyReader, prepare: () => void): Promise<BodyEnd> =>
    new Promise((resolve, reject) => {
      const done = { resolve, reject };
      if (!isClosed()) phase = { is: 'reading', body, done };
      prepare();
      const held = early;
      early = [];
      for (const chunk of held) body.push(chunk);
      if (isClosed()) {
        if (failure && endOf(body) === undefined) return reject(failure);
        body.close();
      } else if (endOf(body) === undefined) socket?.resume();
      rest(body, done);
    });
  const responseOf = (head: ResponseHead, method: string): WireResponse => {
    const body = createBodyReader(framingOf(head, method, odd), odd);
    phase = { is: 'waiting', body };
    return {
      head,
      read: (take) => consume(body, () => body.handTo(take)),
      readOn: (take) =>
        consume(body, () => {
          body.handTo(take);
          body.readOn();
        }),
      release() {
        const isOver = phase.is === 'waiting' && body.state === 'complete' && body.isExact && early.length === 0;
        if (!isOver || head.closes) return false;
        phase = { is: 'idle' };
        socket?.resume();
        return true;
      },
    };
  };
  const inHead = (chunk: Buffer, { reader, method, done }: Extract<Phase, { is: 'head' }>): void => {
    const at = reader.take(chunk, 0);
    const { state } = reader;
    if (state.is === 'refused') {
      failure ??= coded('ERR_NO_HTTP', `its answer is not valid HTTP: ${state.why}`);
      socket?.destroy();
    } else if (state.is === 'done') {
      socket?.pause();
      early = [state.early, Buffer.from(chunk.subarray(at))].filter(({ length }) => length > 0);
      done.resolve(responseOf(state.head, method));
    }
  };

  return {
    get isClosed() {
      return isClosed() || socket?.destroyed === true;
    },
    attach(opened) {
      socket = opened;
      opened.on('error', (cause) => {
        failure ??= cause;
      });
      opened.once('end', () => opened.destroy());
      opened.once('close', onClose);
      if (opened.destroyed) onClose();
    },
    request(bytes, method) {
      received = 0;
      return new Promise((resolve, reject) => {
        if (isClosed()) return reject(failure ?? coded('EMPTY', 'the other side closed the connection'));
        phase = { is: 'head', reader: createHeadReader(odd), method, done: { resolve, reject } };
        socket?.resume();
        socket?.write(bytes);
      });
    },
    receive(chunk) {
      received += chunk.length;
      const now = phase;
      if (now.is === 'reading') {
        now.body.push(chunk);
        rest(now.body, now.done);
      } else if (now.is === 'head') inHead(chunk, now);
      else if (now.is === 'waiting') {
        early.push(Buffer.from(chunk));
        if (early.reduce((sum, { length }) => sum + length, 0) > MAX_EARLY_BYTES) socket?.destroy();
      }
      if (now.is === 'idle') {
        odd('bytes_after_body');
        socket?.destroy();
      }
    },
    destroy: () => void socket?.destroy(),
  };
}
