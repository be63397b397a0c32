// Headers that a server adds to every response: stored beside it until its head is written, which is cheaper than setting each.

import { type OutgoingHttpHeader, type OutgoingHttpHeaders, ServerResponse } from 'node:http';

export interface Standing {
  readonly pairs: readonly (readonly [name: string, value: string])[];
  /** The same headers in the form that `writeHead` processes fastest. */
  readonly flat: readonly string[];
}

interface Marked extends ServerResponse {
  standing?: Standing | undefined;
}

export const standing = (pairs: Standing['pairs']): Standing => ({ pairs, flat: pairs.flat() });

/** Adds `headers` to the head of the response, except those that the handler sets itself. */
export function stand(response: Marked, headers: Standing): void {
  response.standing = headers;
  response.writeHead = writeHead;
}

/** All headers set so far, for code that writes to the socket directly. */
export function headersOf(response: Marked): [name: string, value: string][] {
  const own = Object.entries(response.getHeaders()).map(([name, value]): [string, string] => [name, String(value)]);
  const rest = response.standing?.pairs.filter(([name]) => !response.hasHeader(name)) ?? [];
  return [...rest.map(([name, value]): [string, string] => [name.toLowerCase(), value]), ...own];
}

type Headers = OutgoingHttpHeaders | OutgoingHttpHeader[];

const write = ServerResponse.prototype.writeHead;

// One function for all responses, without a closure per response.
function writeHead(this: Marked, status: number, text?: string | Headers, more?: Headers): Marked {
  const { standing } = this;
  this.standing = undefined;
  const headers = typeof text === 'string' ? more : text;
  const isPlain = standing && Array.isArray(headers) && this.getHeaderNames().length === 0;
  if (standing && !isPlain)
    for (const [name, value] of standing.pairs) if (!this.hasHeader(name)) this.setHeader(name, value);
  const all = isPlain ? [...standing.flat, ...headers] : headers;
  const args = typeof text === 'string' ? [status, text, all] : all === undefined ? [status] : [status, all];
  Reflect.apply(write, this, args);
  return this;
}
