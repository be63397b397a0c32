// http/moonraker-readonly: a read-only view of a Moonraker server.

import type { HttpReply } from '../../../core/contract/http.ts';
import { defineNode, type Release, type Server } from '../../../core/contract/plugin.ts';
import type { HttpMoonrakerReadonlyOptions } from '../../../schemas/http/moonraker-readonly.ts';
import { reach } from '../../kit/examine/reach.ts';
import { encodeTarget } from '../../kit/proxy/canonical-path.ts';
import { forward } from '../../kit/proxy/forward.ts';
import { checkUpstream, createUpstream } from '../../kit/proxy/upstream.ts';
import { CONFIG_PATH, READABLE_PATHS, THUMBNAIL_ROOT } from './allow-list.ts';
import { createBatches } from './batches.ts';
import { createBuiltIn, methodOf } from './built-in.ts';
import { createGate } from './gate.ts';
import { filterTarget } from './http-filter.ts';
import { filterMessage } from './json-rpc-filter.ts';
import { createLocal, isThere, originOf } from './local.ts';
import { REDUCED_CONFIG } from './reduced-config.ts';
import { maskAnswer } from './secrets.ts';

/** Headers that would authenticate a visitor to Moonraker. */
const CREDENTIALS: ReadonlySet<string> = new Set(['authorization', 'cookie', 'x-api-key', 'x-access-token']);
/** Most upstream connections, which HTTP visitors share. */
const CONNECTIONS = 32;
/** Most bytes of an answer: the first answer of a subscription contains the state of all objects. */
const MAX_ANSWER = 16 * 1024 * 1024;
/** Milliseconds between checks for the real Moonraker while the built-in one serves visitors. */
const LOOK_MS = 10_000;

export default defineNode<HttpMoonrakerReadonlyOptions>({
  check: ({ moonraker }) => checkUpstream('moonraker', moonraker),
  examine: ({ moonraker }, view) => reach(view, { option: 'moonraker', url: moonraker }),
  start(node) {
    const { options, metrics, signal } = node;
    const rules = { namespaces: options.namespaces, exposeConfig: options.expose_config };
    const under = options.under ?? '';
    const host = new URL(options.moonraker).host;
    const builtIn = createBuiltIn({
      version: node.daemon.version,
      name: options.webcam_name,
      path: options.webcam_path,
    });
    const local = createLocal(builtIn, (message) => filterMessage(message, rules));
    const proxied = createUpstream({
      to: options.moonraker,
      timeoutMs: options.timeout,
      connections: CONNECTIONS,
      headers: options.api_key === undefined ? {} : { 'x-api-key': options.api_key },
      onAnswer(status) {
        local.close();
        if (status !== 401 && status !== 403) return node.healthy();
        node.degraded(
          `Moonraker at ${host} refuses visitors (${status}): set its API key in "api_key", or add their network to [authorization] trusted_clients of moonraker.conf`,
        );
      },
      onAway(why) {
        metrics.count('upstream_failed_total');
        node.degraded(`Moonraker at ${host} did not answer: ${why}`);
      },
    });
    node.defer(() => proxied.dispatcher.destroy());
    const upstream = options.printer ? proxied : { ...proxied, base: '' };
    if (options.printer && options.fallback) {
      // When the real Moonraker is back, visitors of the built-in one are disconnected, and their apps reconnect.
      node.task(async (signal) => {
        for (;;) {
          await node.clock.sleep(LOOK_MS, signal);
          if (local.visitors() > 0 && (await isThere(proxied, signal))) local.close();
        }
      });
    }

    const gate = createGate({
      upstream,
      most: options.max_visitors,
      maxMessage: options.max_message,
      maxAnswer: MAX_ANSWER,
      drop: CREDENTIALS,
      stop: signal,
      open() {
        const batches = createBatches();
        return {
          filter(message) {
            const verdict = filterMessage(message, rules);
            if (verdict.refused > 0) metrics.count('calls_refused_total', verdict.refused);
            return batches.asked(verdict);
          },
          translate: (text) => batches.answered(options.expose_config ? text : maskAnswer(text)),
        };
      },
      local: options.fallback || !options.printer ? local.serve : undefined,
    });
    metrics.gauge('visitors', gate.visitors);

    const attach = (server: Server): Release => {
      const paths = [...READABLE_PATHS, CONFIG_PATH, `${THUMBNAIL_ROOT}{name*}`];
      const releases = paths.map((path) =>
        server.route({
          methods: ['GET'],
          path: `${under}${path}`,
          async handler(request, reply) {
            const url = request.raw.url ?? '';
            if (path === CONFIG_PATH && !options.expose_config) return sendResult(reply, REDUCED_CONFIG);
            const target = url.startsWith(under) ? filterTarget(url.slice(under.length), rules) : undefined;
            if (!target) {
              metrics.count('requests_refused_total');
              return reply
                .code(403)
                .type('application/json')
                .send('{"error":{"code":403,"message":"This is a read-only view: this path is not shown"}}\n');
            }
            const params = { objects: Object.fromEntries(target.query.map(([name]) => [name, null])) };
            const result = builtIn(methodOf(path), { params, origin: originOf(request.raw) });
            const answer = (to: HttpReply): unknown => sendResult(to, result);
            if (!options.printer) return result === undefined ? refuseMissing(reply) : answer(reply);
            const fallback = options.fallback && result !== undefined ? { fallback: answer } : {};
            const translate = options.expose_config ? {} : { translate: { text: maskAnswer, maxText: MAX_ANSWER } };
            return forward(
              request,
              reply,
              upstream,
              { target: encodeTarget(target), drop: CREDENTIALS, ...fallback, ...translate },
              signal,
            );
          },
        }),
      );
      if (options.websocket) {
        releases.push(
          server.upgrade({
            path: `${under}/websocket`,
            // The query is dropped: Moonraker reads only a token from it.
            handler: (request, socket, head) => gate.admit(request, socket, head, '/websocket'),
          }),
        );
      }
      return () => {
        for (const release of releases) release();
      };
    };
    node.ref('on', 'server').bind(attach);
  },
});

const sendResult = (reply: HttpReply, result: unknown): unknown =>
  reply.code(200).header('cache-control', 'no-store').type('application/json').send(JSON.stringify({ result }));

const refuseMissing = (reply: HttpReply): unknown =>
  reply
    .code(404)
    .type('application/json')
    .send('{"error":{"code":404,"message":"There is no printer, only a camera"}}\n');
