// Responds with one picture: headers built once per frame, conditional requests, HEAD.

import type { Frame } from '../../../core/contract/frame.ts';
import type { HttpReply, HttpRequest, ReadyAnswer } from '../../../core/contract/http.ts';
import { writeReady } from '../http/ready.ts';
import { timestamp } from '../live/part.ts';

export interface PictureAnswers {
  /** The answer with this picture. */
  of(frame: Frame): ReadyAnswer;
  /**
   * 200 with the picture, or 304 when the client has it already; HEAD gets the head alone. The reply is written at once and bypasses
   * Fastify's own serialisation. `offline` marks an outdated picture.
   */
  send(request: HttpRequest, reply: HttpReply, frame: Frame, offline?: boolean): void;
}

/**
 * `boot` distinguishes two processes: both number their frames from the same start, and a client must not confuse a picture of
 * one with a picture of the other.
 */
export function createPictureAnswers(boot: string): PictureAnswers {
  const answers = new WeakMap<Frame, ReadyAnswer>();

  const of = (frame: Frame): ReadyAnswer => {
    const known = answers.get(frame);
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
    const answer = { etag, full, unchanged, body: frame.data };
    answers.set(frame, answer);
    return answer;
  };

  return {
    of,
    send(request, reply, frame, offline = false) {
      const answer = of(frame);
      reply.hijack();
      writeReady(request, reply.raw, answer, offline ? marked(answer) : answer);
    },
  };
}

const OFFLINE = ['X-Camera-State', 'offline'];

const marked = ({ full, unchanged }: ReadyAnswer): Pick<ReadyAnswer, 'full' | 'unchanged'> => ({
  full: [...full, ...OFFLINE],
  unchanged: [...unchanged, ...OFFLINE],
});
