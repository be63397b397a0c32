// http/server: one HTTP listener with its certificate, engine and routes, which survive a reload.

import type { Socket } from 'node:net';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls';
import { type Clock, defineNode, type Listener, type Node } from '../../../core/contract/plugin.ts';
import type { Route, Server, Upgrade } from '../../../core/contract/ports.ts';
import { sentence } from '../../../core/contract/problems.ts';
import type { HttpServerOptions } from '../../../schemas/http/server.ts';
import { readPair, watchPair } from '../../kit/http/certificate.ts';
import { createEngine, type Engine } from './engine.ts';
import { examineCertificate } from './examine.ts';
import { checkOpen, checkRights } from './open.ts';
import { createRouter, type Router } from './router.ts';
import { createSetting, type Setting } from './setting.ts';

/** Milliseconds that open requests have to end when the server stops. */
const DRAIN = 3000;

/** TLS 1.2 with forward secrecy and authenticated encryption only, and TLS 1.3, which has both. */
const TLS = {
  minVersion: 'TLSv1.2',
  ciphers: [
    'TLS_AES_256_GCM_SHA384',
    'TLS_CHACHA20_POLY1305_SHA256',
    'TLS_AES_128_GCM_SHA256',
    'ECDHE-ECDSA-AES128-GCM-SHA256',
    'ECDHE-RSA-AES128-GCM-SHA256',
    'ECDHE-ECDSA-AES256-GCM-SHA384',
    'ECDHE-RSA-AES256-GCM-SHA384',
    'ECDHE-ECDSA-CHACHA20-POLY1305',
    'ECDHE-RSA-CHACHA20-POLY1305',
  ].join(':'),
  honorCipherOrder: true,
} as const;

/** The state that a reload hands to the next instance. */
interface ServerState {
  readonly engine: Engine;
  readonly routes: Router<Route>;
  readonly upgrades: Router<Upgrade>;
}

export default defineNode<HttpServerOptions>({
  check: (options) => [...checkOpen(options), ...checkRights(options)],
  examine: examineCertificate,
  async start(node) {
    const setting = createSetting(node.options, node.log, node.metrics);
    const front = node.options.tls && (await createFront(node, node.options.tls));
    const { engine, routes, upgrades } = await node.durable('engine', {
      same: [],
      create: () => createServerState(node.clock, setting),
      dispose: (state) => state.engine.close(DRAIN),
    });
    node.whileActive(() => engine.configure(setting));
    node.defer(() => void front?.close());
    front?.on('secureConnection', engine.speak);
    const listener = await node.listen(node.options.listen);
    listener.accept((socket: Socket) => {
      if (!engine.admit(socket, front !== undefined)) return;
      if (front) front.emit('connection', socket);
      else engine.speak(socket);
    });
    node.metrics.gauge('connections', engine.connections.size);
    const origin = originOf(listener, front !== undefined);
    node.log.info('serving HTTP', { at: origin });

    const server: Server = {
      route(route) {
        const release = routes.attach(route.methods, route.path, route);
        engine.routesChanged();
        return release;
      },
      upgrade(upgrade) {
        const release = upgrades.attach(['GET'], upgrade.path, upgrade);
        engine.routesChanged();
        return release;
      },
      origin,
      authenticated: setting.authenticated,
      people: setting.people,
      paths: () => routes.paths('GET'),
    };
    return { server };
  },
});

async function createServerState(clock: Clock, setting: Setting): Promise<ServerState> {
  const routes = createRouter<Route>(() => clock.monotonic());
  const upgrades = createRouter<Upgrade>(() => clock.monotonic());
  const engine = await createEngine(setting, routes, upgrades, clock);
  return { engine, routes, upgrades };
}

/** The TLS server in front of the engine. New certificates apply to new connections; open ones keep theirs. */
async function createFront(
  node: Node<HttpServerOptions>,
  files: NonNullable<HttpServerOptions['tls']>,
): Promise<TlsServer> {
  const cert = node.resolve(files.cert);
  const key = node.resolve(files.key);
  let pair = await readPair(cert, key);
  const front = createTlsServer({
    ...pair,
    ...TLS,
    ALPNProtocols: ['http/1.1'],
    handshakeTimeout: node.options.header_timeout,
  });
  front.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
    node.log.debug('a TLS handshake failed', { code: error.code });
    socket.destroy();
  });
  const renew = async (): Promise<void> => {
    try {
      const next = await readPair(cert, key);
      if (next.cert.equals(pair.cert) && next.key.equals(pair.key)) return;
      pair = next;
      front.setSecureContext({ ...next, ...TLS });
      node.metrics.count('certificate_renewals_total');
      node.log.info('a new certificate is in use', { cert });
    } catch (cause) {
      node.log.warn('the new certificate cannot be used; the old one stays in use', { error: sentence(cause) });
    }
  };
  node.defer(watchPair(cert, key, () => void renew()));
  return front;
}

function originOf(listener: Listener, secure: boolean): string {
  if (listener.port === 0) return listener.address;
  const host = listener.host === '' ? 'localhost' : listener.host;
  return `${secure ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${listener.port}`;
}
