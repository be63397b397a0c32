// Headers that a server adds to every response: stored beside it until its head is written, which is cheaper than setting each.

import { type OutgoingHttpHeader, type OutgoingHttpHeaders, ServerResponse } from 'node:http';

export interface DefaultHeaders {
  readonly pairs: readonly (readonly [name: string, value: string])[];
  /** The same headers in the form that `writeHead` processes fastest. */
  readonly flat: readonly string[];
}

interface Marked extends ServerResponse {
  headersToAdd?: DefaultHeaders | undefined;
}

export const defaultHeaders = (pairs: DefaultHeaders['pairs']): DefaultHeaders => ({ pairs, flat: pairs.flat() });

/** Adds `headers` to the head of the response, except those that the handler sets itself. */
export function addDefaultHeaders(response: Marked, headers: DefaultHeaders): void {
  response.headersToAdd = headers;
  response.writeHead = writeHead;
}

/** All headers set so far, for code that writes to the socket directly. */
export function headersOf(response: Marked): [name: string, value: string][] {
  const own = Object.entries(response.getHeaders()).map(([name, value]): [string, string] => [name, String(value)]);
  const rest = response.headersToAdd?.pairs.filter(([name]) => !response.hasHeader(name)) ?? [];
  return [...rest.map(([name, value]): [string, string] => [name.toLowerCase(), value]), ...own];
}

type Headers = OutgoingHttpHeaders | OutgoingHttpHeader[];

const write = ServerResponse.prototype.writeHead;

// One function for all responses, without a closure per response.
function writeHead(this: Marked, status: number, text?: string | Headers, more?: Headers): Marked {
  const { headersToAdd: added } = this;
  this.headersToAdd = undefined;
  const headers = typeof text === 'string' ? more : text;
  const isPlain = added && Array.isArray(headers) && this.getHeaderNames().length === 0;
  if (added && !isPlain)
    for (const [name, value] of added.pairs) if (!this.hasHeader(name)) this.setHeader(name, value);
  const all = isPlain ? [...added.flat, ...headers] : headers;
  const args = typeof text === 'string' ? [status, text, all] : all === undefined ? [status] : [status, all];
  Reflect.apply(write, this, args);
  return this;
}
