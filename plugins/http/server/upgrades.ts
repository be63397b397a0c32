// Checks upgrade requests like other requests and passes them to their route.

import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Upgrade } from '../../../core/contract/ports.ts';
import { sentence } from '../../../core/contract/problems.ts';
import { rawAnswer } from './answers.ts';
import { addressOf } from './connections.ts';
import type { FailedLogins } from './failed-logins.ts';
import type { Access } from './gate.ts';
import { rejectionOf } from './reject.ts';
import { denialOf } from './rights.ts';
import type { Router } from './router.ts';
import type { Setting } from './setting.ts';

export interface UpgradeContext {
  setting(): Setting;
  /** Treats the connection as a new one, whose next bytes are a request. */
  again(socket: Socket): void;
  /** Called when the request is allowed; the socket stays open from now on. */
  entered(socket: Socket, access: Access): void;
  readonly failedLogins: FailedLogins;
  /** Waits for a route that a reload is replacing; undefined when too many requests wait. */
  park(): Promise<void> | undefined;
}

export function createUpgrades(
  routes: Router<Upgrade>,
  { setting, again, park, entered, failedLogins }: UpgradeContext,
): (request: IncomingMessage, socket: Socket, head: Buffer, path: string) => void {
  const refuse = (socket: Socket, text: string): void => {
    socket.end(text, () => socket.destroySoon());
  };

  const serve = (request: IncomingMessage, socket: Socket, head: Buffer, path: string): void => {
    const { log, limits } = setting();
    const found = routes.find('GET', path);
    const route = found.is === 'found' ? found.route : undefined;
    const proxied = limits.isProxy(addressOf(socket));
    const access: Access = {
      method: 'GET',
      path,
      headers: request.headers,
      upgrade: true,
      routeAuth: route?.auth === 'route',
      proxied,
      connection: proxied ? request : socket,
      origins: route?.origins ?? [],
    };
    const rejection = rejectionOf(request);
    if (rejection) {
      refuse(socket, rawAnswer(rejection.status, rejection.message));
      return;
    }
    const verdict = failedLogins.check(access, clientOf(request, socket, limits.isProxy));
    if (verdict) {
      const { status, message, headers } = verdict.refusal;
      const answer = (): void => {
        verdict.sent();
        refuse(socket, rawAnswer(status, message, headers));
      };
      if (verdict.late === 0) answer();
      else setTimeout(answer, verdict.late).unref();
      return;
    }
    if (found.is !== 'found') {
      const waiting = found.is === 'missing' && found.recent ? park() : undefined;
      if (waiting) void waiting.then(() => socket.destroyed || serve(request, socket, head, path));
      else refuse(socket, rawAnswer(404, 'no WebSocket is served at this path'));
      return;
    }
    const person = setting().gate.person(access);
    const barred = denialOf(found.route, { person, method: 'GET', params: found.params });
    if (barred) {
      refuse(socket, rawAnswer(barred.status, barred.message));
      return;
    }
    access.person = person;
    entered(socket, access);
    try {
      found.route.handler(request, socket, head, found.params, clientOf(request, socket, limits.isProxy), person);
    } catch (cause) {
      log.error('a handshake failed', { error: sentence(cause) });
      socket.destroy();
    }
  };

  /** Sockets with an error listener. A connection may send many requests that offer another protocol. */
  const watched = new WeakSet<Socket>();

  return (request, socket, head, path) => {
    const { metrics, log } = setting();
    if (!watched.has(socket)) {
      watched.add(socket);
      socket.on('error', (error: NodeJS.ErrnoException) => log.debug('a connection broke', { code: error.code }));
    }
    if (request.headers.upgrade?.toLowerCase() !== 'websocket') {
      // Some clients offer HTTP/2 with each plain request (RFC 7540 §3.2); a server may ignore that.
      socket.unshift(Buffer.concat([withoutUpgrade(request), head]));
      again(socket);
      return;
    }
    metrics.count('upgrades_total');
    serve(request, socket, head, path);
  };
}

/** The last address of X-Forwarded-For that is not a trusted proxy, or the address of the connection. */
function clientOf(request: IncomingMessage, socket: Socket, isProxy: (address: string) => boolean): string {
  const direct = addressOf(socket);
  if (!isProxy(direct)) return direct;
  const passed = String(request.headers['x-forwarded-for'] ?? '')
    .split(',')
    .map((address) => address.trim().replace(/^::ffff:/, ''))
    .filter((address) => address !== '');
  return passed.findLast((address) => !isProxy(address)) ?? passed[0] ?? direct;
}

const LEFT_OUT = new Set(['upgrade', 'connection', 'http2-settings']);

function withoutUpgrade(request: IncomingMessage): Buffer {
  let head = `${request.method} ${request.url} HTTP/${request.httpVersion}\r\n`;
  for (let at = 0; at + 1 < request.rawHeaders.length; at += 2) {
    const name = request.rawHeaders[at] ?? '';
    if (!LEFT_OUT.has(name.toLowerCase())) head += `${name}: ${request.rawHeaders[at + 1]}\r\n`;
  }
  return Buffer.from(`${head}\r\n`, 'latin1');
}
