// Responds with one picture: headers built once per frame, conditional requests, HEAD.

import type { Frame } from '../../../core/contract/frame.ts';
import type { HttpReply, HttpRequest } from '../../../core/contract/http.ts';
import { timestamp } from '../live/part.ts';

interface Head {
  readonly etag: string;
  /** Flat name and value pairs, as `writeHead` takes them fastest. */
  readonly full: readonly string[];
  readonly unchanged: readonly string[];
}

export interface PictureAnswers {
  /**
   * 200 with the picture, or 304 when the client has it already; HEAD gets the head alone. The reply is written at once, past
   * Fastify's own serialisation. `offline` marks a picture that is older than it should be.
   */
  send(request: HttpRequest, reply: HttpReply, frame: Frame, offline?: boolean): void;
}

/**
 * `boot` tells two processes apart: their frames are numbered from the same start, and a client must not take a picture of
 * one for a picture of the other.
 */
export function createPictureAnswers(boot: string): PictureAnswers {
  const heads = new WeakMap<Frame, Head>();

  const headOf = (frame: Frame): Head => {
    const known = heads.get(frame);
    if (known) return known;
    const etag = `"${boot}-${frame.camera}-${frame.seq}"`;
    const unchanged = [
      'Cache-Control',
      'no-store',
      'ETag',
      etag,
      'X-Timestamp',
      timestamp(frame.time),
      'X-Sequence',
      String(frame.seq),
    ];
    const full = ['Content-Type', frame.type, 'Content-Length', String(frame.data.length), ...unchanged];
    const head = { etag, full, unchanged };
    heads.set(frame, head);
    return head;
  };

  return {
    send(request, reply, frame, offline = false) {
      const head = headOf(frame);
      const response = reply.raw;
      reply.hijack();
      const asked = request.headers['if-none-match'];
      const same = asked !== undefined && matches(asked, head.etag);
      const headers = same ? head.unchanged : head.full;
      // Node's types want an array that it may change; it does not.
      response.writeHead(same ? 304 : 200, offline ? [...headers, ...OFFLINE] : (headers as string[]));
      if (same || request.method === 'HEAD') response.end();
      else response.end(frame.data);
    },
  };
}

const OFFLINE = ['X-Camera-State', 'offline'];

/** If-None-Match against a strong tag, by weak comparison (RFC 9110 §13.1.2). */
export function matches(header: string, etag: string): boolean {
  if (header === etag || header === '*') return true;
  return header.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
}
