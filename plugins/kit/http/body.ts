// Reads a request body within limits that apply before anything is buffered.

import { startDeadline } from '../../../core/base/deadline.ts';
import { allocate, HEADROOM, settle, TAILROOM } from '../../../core/contract/frame.ts';
import type { HttpRequest } from '../../../core/contract/http.ts';
import type { Memory } from '../../../core/contract/plugin.ts';
import { environment, type Fault, isFault } from '../../../core/contract/problems.ts';

/** Milliseconds within which a whole body must arrive, unless the caller sets its own limit. */
export const BODY_TIMEOUT = 60_000;

/** The HTTP status for each fault of a body. */
export const BODY_STATUS: Readonly<Record<string, number>> = {
  'body-too-large': 413,
  'body-too-slow': 408,
  'body-cut-short': 400,
  'bad-form': 400,
  'is-stream': 415,
  'no-memory': 503,
};

/** The length that the request declares; undefined when it is chunked. */
export function declaredLength(request: HttpRequest): number | undefined {
  const text = request.headers['content-length'];
  if (text === undefined) return request.headers['transfer-encoding'] === undefined ? 0 : undefined;
  return Number(text);
}

/**
 * The body piece by piece, for routes that need not buffer it. Throws the faults of BODY_STATUS: `body-too-large` before any byte is
 * read when the request declares more than `limit` (or the server's cap), otherwise as soon as more has arrived.
 */
export async function* bodyChunks(
  request: HttpRequest,
  limit: number,
  timeout: number = BODY_TIMEOUT,
): AsyncGenerator<Buffer, void, undefined> {
  const cap = Math.min(limit, request.maxBody ?? limit);
  const declared = declaredLength(request);
  if (declared !== undefined && declared > cap) throw tooLarge(cap);
  const source = request.raw;
  if (source.readableEnded || declared === 0) return;
  // The socket stays open after a refused body: the response with the reason is sent through it.
  const pieces = source.iterator({ destroyOnReturn: false });
  const deadline = startDeadline({ ms: timeout, late: () => tooSlow(timeout) });
  let received = 0;
  try {
    for (;;) {
      const { done, value } = await deadline.race(pieces.next());
      if (done) break;
      const chunk: Buffer = value;
      received += chunk.length;
      if (received > cap) throw tooLarge(cap);
      yield chunk;
    }
  } catch (cause) {
    throw isFault(cause) ? cause : cutShort(cause);
  } finally {
    deadline.end();
    void pieces.return?.().catch(() => {});
  }
  if (!source.complete) throw cutShort();
}

/** Most bytes allocated for a body in advance; the buffer of a larger body grows with the bytes received. */
const AHEAD = 1024 * 1024;

/**
 * The whole body of a request that declares its length, in a buffer from `allocate`: each piece is copied once, to its final place.
 * Throws the faults of `bodyChunks`.
 */
export async function readDeclared(
  request: HttpRequest,
  limit: number,
  timeout: number,
  holding: Holding,
): Promise<Buffer> {
  const cap = Math.min(limit, request.maxBody ?? limit);
  const length = declaredLength(request) ?? 0;
  if (length > cap) throw tooLarge(cap);
  const source = request.raw;
  const isEmpty = length === 0 || source.readableEnded;
  if (source.destroyed && !isEmpty) throw cutShort();
  let buffer = allocate(Math.min(length, AHEAD));
  let received = 0;
  const take = (piece: Buffer): void => {
    holding.hold(piece.length);
    const end = received + piece.length;
    if (HEADROOM + end + TAILROOM > buffer.length) {
      const larger = allocate(Math.min(length, Math.max(2 * end, AHEAD)));
      buffer.copy(larger, 0, 0, HEADROOM + received);
      buffer = larger;
    }
    buffer.set(piece, HEADROOM + received);
    received = end;
  };
  if (!isEmpty) {
    await flow(source, timeout, take);
    if (!source.complete) throw cutShort();
  }
  return settle(buffer, received);
}

/** Passes every piece to `take` until the body ends. An error stops reading and keeps the connection for the response. */
function flow(source: HttpRequest['raw'], timeout: number, take: (piece: Buffer) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (fault?: unknown): void => {
      clearTimeout(timer);
      source.off('data', onData).off('end', onEnd).off('close', onClose).off('error', onError);
      if (fault === undefined) {
        resolve();
        return;
      }
      source.pause();
      reject(fault);
    };
    const onData = (piece: Buffer): void => {
      try {
        take(piece);
      } catch (cause) {
        end(cause);
      }
    };
    const onEnd = (): void => end();
    const onError = (cause: Error): void => end(cutShort(cause));
    const onClose = (): void => end(cutShort());
    const timer = setTimeout(() => end(tooSlow(timeout)), timeout);
    source.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onError);
  });
}

/** Reserves memory for pieces as they arrive; `release` frees all of it. */
export interface Holding {
  /** Throws the fault `no-memory` when no memory is left. */
  hold(bytes: number): void;
  release(): void;
}

export function createHolding(memory: Memory): Holding {
  const held: (() => void)[] = [];
  return {
    hold(bytes) {
      const release = memory.take(bytes);
      if (!release) throw environment('no-memory', 'too much memory is in use; send it again later');
      held.push(release);
    },
    release() {
      for (const release of held.splice(0)) release();
    },
  };
}

/** Reserves memory for each piece before it is passed on. */
export async function* heldChunks(pieces: AsyncIterable<Buffer>, holding: Holding): AsyncGenerator<Buffer> {
  for await (const piece of pieces) {
    holding.hold(piece.length);
    yield piece;
  }
}

/** The whole body of at most `limit` bytes. */
export const readBody = (request: HttpRequest, limit: number, timeout?: number): Promise<Buffer> =>
  gathered(bodyChunks(request, limit, timeout));

/** Joins all pieces into one buffer. */
export async function gathered(pieces: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of pieces) chunks.push(chunk);
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
}

const tooLarge = (cap: number): Fault =>
  environment('body-too-large', `the body is larger than the allowed ${cap} bytes`);
const tooSlow = (timeout: number): Fault =>
  environment('body-too-slow', `the body was not complete within ${timeout} ms`);
const cutShort = (cause?: unknown): Fault =>
  environment('body-cut-short', 'the request ended before its body was complete', cause);
