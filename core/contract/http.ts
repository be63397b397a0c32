// A request and its reply as seen by a route: the members that routes use, with the names and behaviour of Fastify 5.

import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';

/** The rights of a user; each role includes the ones before it. */
export type Role = 'look' | 'operate' | 'edit';

/** A user whom a server has authenticated by password. */
export interface Person {
  readonly user: string;
  readonly role: Role;
  /** undefined: all cameras. */
  readonly cameras: ReadonlySet<string> | undefined;
}

/**
 * The plugin that provides the port `server` chooses the HTTP framework; a route depends on this file alone. A Fastify request
 * satisfies this interface, so that the documentation of Fastify applies.
 */
export interface HttpRequest {
  readonly method: string;
  /** Path and query as the client sent them. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** The parsed query: each value a string or a list of strings. Check it, since clients may send anything. */
  readonly query: unknown;
  /** Address of the client, as reported by trusted proxies if there are any. */
  readonly ip: string;
  readonly protocol: string;
  /** The body is not read yet: see `readBody` of camd/kit. */
  readonly raw: IncomingMessage;
  /** Bytes: the limit of the server, whatever a route would accept. */
  readonly maxBody?: number;
  /** The user, if the profile limits the rights of users; undefined: a user who may see every camera. */
  readonly person?: Person | undefined;
}

export interface HttpReply {
  code(status: number): HttpReply;
  header(name: string, value: string | number | string[]): HttpReply;
  headers(values: Readonly<Record<string, string | number | string[]>>): HttpReply;
  /** Sets Content-Type. */
  type(contentType: string): HttpReply;
  /** A string or a buffer is sent as it is, a stream is piped, anything else becomes JSON. */
  send(body?: unknown): HttpReply;
  /** After this call the route writes to `raw` itself. */
  hijack(): HttpReply;
  readonly raw: ServerResponse;
  readonly sent: boolean;
  /** The status that has been or will be sent. */
  readonly statusCode: number;
}

/** The request data for an answer that is already prepared. */
export interface ReadyRequest {
  /** Path and query as the client sent them. */
  readonly url: string;
  readonly params: Readonly<Record<string, string>>;
  readonly person: Person | undefined;
}

/** A prepared answer: 200 with this body, 304 for a client that already has it, only the head for HEAD. */
export interface ReadyAnswer {
  /** A strong tag, in quotation marks. */
  readonly etag: string;
  /** The headers of a 200 response, names and values alternating: Content-Type, Content-Length, ETag and any others. */
  readonly full: readonly string[];
  /** The headers of a 304 response, in the same form. */
  readonly unchanged: readonly string[];
  readonly body: Buffer;
}
