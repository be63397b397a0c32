// Small JSON answers in the format of existing camera servers: plain values, errors as {"message": "…"}.

import type { HttpReply } from '../../../core/contract/http.ts';

export function json(reply: HttpReply, status: number, value: unknown): HttpReply {
  return reply
    .code(status)
    .header('cache-control', 'no-store')
    .type('application/json; charset=utf-8')
    .send(JSON.stringify(value));
}

export const message = (reply: HttpReply, status: number, text: string): HttpReply =>
  json(reply, status, { message: text });

/** The first value of a query parameter; undefined when it is not given. */
export function queryOf(url: string | undefined, name: string): string | undefined {
  const at = url?.indexOf('?') ?? -1;
  return at < 0 ? undefined : (new URLSearchParams(url?.slice(at)).get(name) ?? undefined);
}
