// CORS headers for pages of other origins (Fetch standard §3.2).

import type { IncomingHttpHeaders, ServerResponse } from 'node:http';

export interface Cors {
  /** Sets the headers on the response, where they stay whichever code writes it. */
  mark(headers: IncomingHttpHeaders, response: ServerResponse): void;
  isPreflight(method: string, headers: IncomingHttpHeaders): boolean;
  preflight(headers: IncomingHttpHeaders): Readonly<Record<string, string>>;
}

/** Seconds for which a browser may cache the permission. */
const MAX_AGE = '600';

export function createCors(origins: readonly string[], withCredentials: boolean): Cors {
  const all = origins.includes('*');
  const listed = new Set(origins.map((origin) => origin.toLowerCase()));
  const allowed = (headers: IncomingHttpHeaders): string | undefined => {
    const origin = headers.origin;
    if (origin !== undefined && listed.has(origin.toLowerCase())) return origin;
    return all ? '*' : undefined;
  };
  return {
    mark(headers, response) {
      const origin = allowed(headers);
      if (!all || listed.size > 1) response.setHeader('Vary', 'Origin');
      if (origin === undefined) return;
      response.setHeader('Access-Control-Allow-Origin', origin);
      response.setHeader('Access-Control-Expose-Headers', 'ETag, X-Timestamp, X-Sequence, X-Camera-State, Retry-After');
      if (withCredentials && origin !== '*') response.setHeader('Access-Control-Allow-Credentials', 'true');
    },
    isPreflight: (method, headers) =>
      method === 'OPTIONS' && headers.origin !== undefined && headers['access-control-request-method'] !== undefined,
    preflight(headers) {
      if (allowed(headers) === undefined) return {};
      return {
        'Access-Control-Allow-Methods': String(headers['access-control-request-method']),
        'Access-Control-Allow-Headers': headers['access-control-request-headers'] ?? '',
        'Access-Control-Max-Age': MAX_AGE,
      };
    },
  };
}
