// A request and its reply as a route sees them: the members that routes use, named and behaving as in Fastify 5.

import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';

/** What somebody may do; each role may do what the ones before it may. */
export type Role = 'look' | 'operate' | 'edit';

/** Somebody whom a server knows by a password. */
export interface Person {
  readonly user: string;
  readonly role: Role;
  /** undefined: all. */
  readonly cameras: ReadonlySet<string> | undefined;
}

/**
 * Which framework serves HTTP is the business of the plugin that provides the port `server`; a route depends on this file alone. A
 * request of Fastify is such a request, so that what plugin authors know of Fastify holds here.
 */
export interface HttpRequest {
  readonly method: string;
  /** Path and query as the client sent them. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** The parsed query: each value a text, or a list of texts. Check it, since clients send what they like. */
  readonly query: unknown;
  /** Address of the client, as far as trusted proxies tell it. */
  readonly ip: string;
  readonly protocol: string;
  /** The body has not been read: see `readBody` of camd/kit. */
  readonly raw: IncomingMessage;
  /** Bytes: the cap of the server, whatever a route would take. */
  readonly maxBody?: number;
  /** Who asks, where the profile limits the rights of users; undefined: somebody who may see every camera. */
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
  /** From now on the route writes to `raw` itself. */
  hijack(): HttpReply;
  readonly raw: ServerResponse;
  readonly sent: boolean;
  /** The status that has been or will be sent. */
  readonly statusCode: number;
}

/** What a route needs to know for an answer that is there already. */
export interface ReadyAsked {
  /** Path and query as the client sent them. */
  readonly url: string;
  readonly params: Readonly<Record<string, string>>;
  readonly person: Person | undefined;
}

/** 200 with this body, 304 for a client that has it already, the head alone for HEAD. */
export interface ReadyAnswer {
  /** A strong tag, in quotation marks. */
  readonly etag: string;
  /** The headers of 200, a name and its value in turn: Content-Type, Content-Length, ETag and whatever else there is. */
  readonly full: readonly string[];
  /** The headers of 304, in the same way. */
  readonly unchanged: readonly string[];
  readonly body: Buffer;
}
