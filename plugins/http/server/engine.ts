// The HTTP server: one node http.Server and one Fastify per node id; a reload changes routes and options in place.

import { createServer, type Server as HttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import type { Clock, Person } from '../../../core/contract/plugin.ts';
import type { Route, Upgrade } from '../../../core/contract/ports.ts';
import { isFault, sentence } from '../../../core/contract/problems.ts';
import { BODY_STATUS, declaredLength } from '../../kit/http/body.ts';
import { addDefaultHeaders } from '../../kit/http/default-headers.ts';
import { coversPerson } from '../../kit/http/people.ts';
import { answer, rawAnswer } from './answers.ts';
import { addressOf, type Connections, createConnections } from './connections.ts';
import { createFailedLogins, type Verdict } from './failed-logins.ts';
import type { Access } from './gate.ts';
import { handshakeAnswer } from './handshake.ts';
import { createMeter } from './meter.ts';
import { missingInstead } from './missing.ts';
import { pathOf } from './path.ts';
import { createReadyAnswers } from './ready.ts';
import { rejectionOf } from './reject.ts';
import { denialOf } from './rights.ts';
import { MEMORY, type Router } from './router.ts';
import type { Setting } from './setting.ts';
import { createUpgrades } from './upgrades.ts';
import { createVisits } from './visits.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Bytes: the server's limit, which holds for every route. */
    maxBody?: number;
    person?: Person | undefined;
  }
}

/** Most bytes of a request's head. */
const MAX_HEAD = 16 * 1024;
/** Milliseconds between two checks for slow requests. */
const CHECK = 1000;
/** Most requests that wait for a route that is being replaced. */
const MAX_PARKED = 4096;
/** Milliseconds between two checks for idle connections while the server ends. */
const CLOSING = 20;
/** Milliseconds that a refused client has to read the reason. */
const REFUSAL = 1000;

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

export interface Engine {
  readonly connections: Connections;
  /** Serves a connection that sends HTTP from its first byte. */
  speak(socket: Socket): void;
  /** False: the connection exceeded a limit and was refused. */
  admit(socket: Socket, secure: boolean): boolean;
  configure(setting: Setting): void;
  /** A route was added; waiting requests check again. */
  routesChanged(): void;
  /** Completes the open requests, for at most `bound` ms, then closes every connection. */
  close(bound: number): Promise<void>;
}

export async function createEngine(
  first: Setting,
  routes: Router<Route>,
  upgradeRoutes: Router<Upgrade>,
  clock: Pick<Clock, 'monotonic'>,
): Promise<Engine> {
  let setting = first;
  let closing = false;
  const parked = new Set<() => void>();
  /** Responses and sockets that are open, each with its access. */
  const open = createVisits();
  const connections = createConnections();
  /** The last request of each connection that closes after its response. */
  const lastRequests = new WeakMap<Duplex, IncomingMessage>();
  const failedLogins = createFailedLogins(() => setting, clock.monotonic);
  const meter = createMeter(() => setting.metrics);

  const accessOf = ({ method, headers, raw }: FastifyRequest, path: string): Access & { readonly proxied: boolean } => {
    const proxied = setting.hasProxies && setting.limits.isProxy(addressOf(raw.socket));
    return { method, path, headers, upgrade: false, proxied, connection: proxied ? raw : raw.socket };
  };
  const clientOf = (request: FastifyRequest, proxied: boolean): string =>
    proxied ? request.ip : addressOf(request.raw.socket);

  /** Registers an allowed request: it ends when a reload changes the rules or the user's rights so that they refuse it. */
  const enter = (request: FastifyRequest, reply: FastifyReply, access: Access): void => {
    request.person = access.person = setting.gate.person(access);
    open.enter(reply.raw, access);
  };

  const serve = (request: FastifyRequest, reply: FastifyReply, path: string): unknown => {
    const found = routes.find(request.method, path);
    if (found.is === 'found') {
      const { route, params } = found;
      if (route.auth === 'always') {
        const access = { ...accessOf(request, path), always: true };
        const verdict = failedLogins.check(access, clientOf(request, access.proxied));
        if (verdict) return refuse(reply, verdict);
        enter(request, reply, access);
      }
      const denial = denialOf(route, { person: request.person, method: request.method, params });
      if (denial) return answer(reply, denial.status, denial.message);
      return route.handler(request, reply, params);
    }
    const upgrade = upgradeRoutes.find('GET', path);
    if (upgrade.is === 'found' && request.method === 'POST') return explain(request, reply, path, upgrade.route);
    if (found.is === 'missing') {
      if (found.recent && !closing && parked.size < MAX_PARKED) return park(request, reply, path);
      return answer(reply, 404, 'nothing is served at this path');
    }
    const allow = { Allow: found.allow.join(', ') };
    if (request.method === 'OPTIONS') return reply.code(204).headers(allow).send();
    return answer(reply, 405, 'this path does not accept this method', allow);
  };

  const explain = (request: FastifyRequest, reply: FastifyReply, path: string, route: Upgrade): unknown => {
    const { auth, origins = [] } = route;
    const access = { ...accessOf(request, path), routeAuth: auth === 'route' };
    const { status, message, headers } = handshakeAnswer(setting.gate, { ...access, origins });
    return answer(reply, status, message, headers);
  };

  /** Waits for a route: this path had one a moment ago, which a reload is replacing. */
  const nextRoute = (): Promise<void> =>
    new Promise<void>((resolve) => {
      const go = (): void => {
        clearTimeout(timer);
        parked.delete(go);
        resolve();
      };
      const timer = setTimeout(go, MEMORY);
      parked.add(go);
    });
  const park = async (request: FastifyRequest, reply: FastifyReply, path: string): Promise<unknown> => {
    await nextRoute();
    return reply.raw.destroyed ? reply.hijack() : serve(request, reply, path);
  };

  // One function for all responses saves a closure per response.
  function onClose(this: ServerResponse): void {
    open.leave(this);
    meter.end(this);
  }

  const answersReady = createReadyAnswers({
    setting: () => setting,
    routes,
    meter,
    entered(response, access) {
      open.enter(response, access);
      response.on('close', onClose);
    },
  });

  const dispatch = (request: FastifyRequest, reply: FastifyReply): unknown => {
    const { raw } = request;
    const { cors, options } = setting;
    meter.begin(reply.raw);
    reply.raw.on('close', onClose);
    if (closing) reply.raw.shouldKeepAlive = false;
    addDefaultHeaders(reply.raw, setting.protection);
    const rejection = rejectionOf(raw);
    if (rejection) {
      reply.raw.shouldKeepAlive = false;
      return answer(reply, rejection.status, rejection.message);
    }
    cors?.mark(raw.headers, reply.raw);
    if (cors?.isPreflight(request.method, raw.headers))
      return reply.code(204).headers(cors.preflight(raw.headers)).send();
    const path = setting.local(pathOf(raw.url ?? '/'));
    const access = accessOf(request, path);
    const verdict = failedLogins.check(access, clientOf(request, access.proxied));
    if (verdict) return refuse(reply, verdict);
    enter(request, reply, access);
    if (access.proxied) {
      const leave = connections.admitThroughProxy(request.ip, setting.limits);
      if (!leave) return answer(reply, 503, 'too many simultaneous requests from one client', { 'Retry-After': '1' });
      reply.raw.once('close', leave);
    }
    const declared = declaredLength(request);
    if (declared !== undefined && declared > options.max_body) {
      return answer(reply, 413, `this server accepts bodies of at most ${options.max_body} bytes`);
    }
    request.maxBody = options.max_body;
    if (raw.headers.expect?.toLowerCase() === '100-continue') reply.raw.writeContinue();
    return serve(request, reply, path);
  };

  const refuse = (reply: FastifyReply, { refusal, late, sent }: Verdict): unknown => {
    const now = (): FastifyReply => {
      sent();
      return answer(reply, refusal.status, refusal.message, refusal.headers);
    };
    if (late === 0) return now();
    return sleep(late, undefined, { ref: false }).then(() => {
      if (!reply.raw.destroyed) return now();
      sent();
      return reply.hijack();
    });
  };

  const failed = (error: unknown, reply: FastifyReply): FastifyReply => {
    if (isFault(error)) {
      const status = BODY_STATUS[error.code];
      if (status !== undefined) return answer(reply, status, error.message);
      if (error.blame === 'environment') return answer(reply, 503, error.message, { 'Retry-After': '1' });
    }
    const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
    if (status >= 400 && status < 500) return answer(reply, status, 'the request is invalid');
    setting.log.error('a request failed', { error: sentence(error), stack: error instanceof Error ? error.stack : '' });
    return answer(reply, 500, 'internal error; see the log of camd');
  };

  const app = Fastify({
    exposeHeadRoutes: false,
    // Single requests are not logged, so they need no ids.
    genReqId: () => '',
    trustProxy: (address: string | undefined) => setting.limits.isProxy(normal(address)),
    frameworkErrors: (error, _request, reply) => void failed(error, reply),
    clientErrorHandler(error, socket) {
      // mjpg-streamer's own input sends a NUL after its request; bytes after a connection's last request are ignored.
      if (lastRequests.get(socket)?.complete && !socket.readableEnded) return;
      refuseClient(error, socket as Socket, setting);
    },
    // The server never listens itself: the core owns the listener and passes its connections.
    serverFactory: (handler) =>
      createServer(
        // `rejectionOf` answers a request without Host with a sentence.
        { maxHeaderSize: MAX_HEAD, connectionsCheckingInterval: CHECK, noDelay: true, requireHostHeader: false },
        (request, response) => {
          if (!response.shouldKeepAlive) lastRequests.set(request.socket, request);
          if (closing || !answersReady(request, response)) handler(request, response);
        },
      ),
  });
  app.removeAllContentTypeParsers();
  // Routes read bodies themselves (plugins/kit/http/body.ts).
  app.addContentTypeParser('*', (_request, _payload, done) => done(null, undefined));
  app.decorateRequest('maxBody', 0);
  app.decorateRequest('person', undefined);
  app.route({ method: [...METHODS], url: '*', handler: dispatch });
  app.setNotFoundHandler((_request, reply) =>
    answer(reply, 405, 'this server does not support this method', { Allow: METHODS.join(', ') }),
  );
  // A browser gets a page instead of JSON, with links to the pages that its user may open.
  app.addHook('onSend', (request, reply, payload, done) => {
    if (reply.statusCode !== 404) return done(null, payload);
    const local = setting.local(pathOf(request.raw.url ?? '/'));
    const up = '../'.repeat(Math.max(0, local.split('/').length - 2)) || './';
    const access = accessOf(request, local);
    let verdict: Verdict | undefined;
    const links = () => {
      const { authorization, ...others } = request.headers;
      // The path may be public. The links must not reveal a right password to a client that guesses without the delay of wrong ones.
      if (setting.authenticated && authorization !== undefined)
        verdict = failedLogins.check({ ...access, always: true }, clientOf(request, access.proxied));
      const reader = { ...access, method: 'GET', headers: verdict ? others : request.headers };
      return routes.fixed('GET').flatMap(([path, route]) => {
        const { page, auth } = route;
        if (page === undefined || setting.gate({ ...reader, path, always: auth === 'always' })) return [];
        if (denialOf(route, { person: setting.gate.person(reader), method: 'GET', params: {} })) return [];
        return [{ text: page, href: `${up}${path.slice(1)}` }];
      });
    };
    const page = missingInstead(request.headers, reply, payload, links) ?? payload;
    const wait = verdict as Verdict | undefined;
    if (!wait) return done(null, page);
    setTimeout(() => {
      wait.sent();
      done(null, page);
    }, wait.late).unref();
  });
  app.setErrorHandler((error, _request, reply) => failed(error, reply));
  await app.ready();

  const http: HttpServer = app.server;
  const configure = (next: Setting): void => {
    setting = next;
    http.headersTimeout = Math.min(next.options.header_timeout, next.options.request_timeout);
    http.requestTimeout = next.options.request_timeout;
    http.keepAliveTimeout = next.options.keep_alive_timeout;
    // A reload that is undone in the same step configures the old setting again, and no connection ends.
    queueMicrotask(() => {
      if (setting !== next) return;
      const count = open.endThose(
        (access) => next.gate(access) !== undefined || !coversPerson(next.gate.person(access), access.person),
      );
      if (count > 0) next.log.info('connections were ended: this server does not allow them any more', { count });
    });
  };
  configure(first);
  // The head of a request is checked before the client gets "100 Continue".
  http.on('checkContinue', (request, response) => http.emit('request', request, response));
  const upgrades = createUpgrades(upgradeRoutes, {
    setting: () => setting,
    failedLogins,
    entered: open.add,
    again: (socket) => void http.emit('connection', socket),
    park: () => (closing || parked.size >= MAX_PARKED ? undefined : nextRoute()),
  });
  http.on('upgrade', (request: IncomingMessage, socket, head) => {
    upgrades(request, socket as Socket, head, setting.local(pathOf(request.url ?? '/')));
  });
  // Node starts the timeouts for headers and requests when a server listens. This server never listens, so they start here.
  http.emit('listening');

  return {
    connections,
    speak: (socket) => void http.emit('connection', socket),
    admit(socket, secure) {
      if (!closing && connections.admit(socket, setting.limits)) {
        setting.metrics.count('connections_total');
        return true;
      }
      setting.metrics.count('connections_refused_total');
      setting.log.warn('a connection was refused: too many are open', { address: addressOf(socket) });
      socket.on('error', () => {});
      if (secure) socket.destroy();
      else {
        socket.resume();
        socket.setTimeout(REFUSAL, () => socket.destroy());
        socket.end(rawAnswer(503, 'too many connections', { 'Retry-After': '5' }));
      }
      return false;
    },
    configure,
    routesChanged() {
      for (const go of [...parked]) go();
    },
    async close(bound) {
      closing = true;
      for (const go of [...parked]) go();
      http.closeIdleConnections();
      // Keep-alive connections become idle when their response is complete. A new connection has one interval to send its request.
      const sweeping = setInterval(() => {
        http.closeIdleConnections();
        connections.destroySilent();
      }, CLOSING);
      await connections.emptied(bound);
      clearInterval(sweeping);
      connections.destroyAll();
      meter.flush();
      http.close(() => {});
      await app.close();
    },
  };
}

const normal = (address: string | undefined): string => (address ?? 'unix').replace(/^::ffff:/, '');

/** Invalid HTTP, a slow request, or a broken connection. Nothing is written after a response has begun. */
function refuseClient(error: NodeJS.ErrnoException, socket: Socket, { log, metrics }: Setting): void {
  log.debug('a connection failed or sent invalid HTTP', { code: error.code });
  const status = CLIENT_ERRORS[error.code ?? ''] ?? (error.code?.startsWith('HPE_') ? 400 : undefined);
  if (status === undefined || !socket.writable || socket.bytesWritten > 0) {
    socket.destroy();
    return;
  }
  metrics.count('bad_requests_total');
  socket.setTimeout(REFUSAL, () => socket.destroy());
  socket.end(rawAnswer(status, 'the request is invalid or arrived too slowly'), () => socket.destroySoon());
}

const CLIENT_ERRORS: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
};
