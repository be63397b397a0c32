// The bearer token of a request (RFC 6750 §2.1).

import type { IncomingHttpHeaders } from 'node:http';

/** Empty when there is none. */
export const bearerOf = (headers: IncomingHttpHeaders): string =>
  /^Bearer +(\S+)\s*$/i.exec(headers.authorization ?? '')?.[1] ?? '';
