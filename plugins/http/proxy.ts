// http/proxy: forwards listed paths to another server.

import { defineNode, type Method } from '../../core/contract/plugin.ts';
import type { HttpProxyOptions } from '../../schemas/http/proxy.ts';
import { reach } from '../kit/examine/reach.ts';
import { readBody } from '../kit/http/body.ts';
import { canonicalTarget, encodeTarget } from '../kit/proxy/canonical-path.ts';
import { forward } from '../kit/proxy/forward.ts';
import { checkUpstream, createUpstream } from '../kit/proxy/upstream.ts';

export default defineNode<HttpProxyOptions>({
  check: ({ to }) => checkUpstream('to', to),
  examine: ({ to }, view) => reach(view, { option: 'to', url: to }),
  start(node) {
    const { options, metrics } = node;
    const upstream = createUpstream({
      to: options.to,
      timeoutMs: options.timeout,
      connections: options.connections,
      headers: options.headers ?? {},
      onAnswer: () => node.healthy(),
      onAway(why) {
        metrics.count('upstream_failed_total');
        node.degraded(`${new URL(options.to).host} did not answer: ${why}`);
      },
    });
    node.defer(() => upstream.dispatcher.destroy());
    const drop = new Set(options.drop_headers.map((name) => name.toLowerCase()));
    const methods = methodsOf(options.methods);

    node.ref('on', 'server').bind((server) => {
      const releases = options.paths.map((path) =>
        server.route({
          methods,
          path,
          async handler(request, reply) {
            const target = canonicalTarget(request.raw.url ?? '');
            // The router has matched the path; here it must also be unambiguous.
            if (!target) {
              metrics.count('refused_total');
              return reply.code(400).type('application/json').send('{"status":400,"error":"this path is ambiguous"}\n');
            }
            const hasBody = !['GET', 'HEAD', 'OPTIONS'].includes(request.method);
            const body = hasBody ? await readBody(request, options.max_body) : undefined;
            const upstreamRequest = { target: encodeTarget(target), drop, ...(body === undefined ? {} : { body }) };
            return forward(request, reply, upstream, upstreamRequest, node.signal);
          },
        }),
      );
      return () => {
        for (const release of releases) release();
      };
    });
  },
});

/** A GET route also answers HEAD; HEAD alone is a separate route. */
function methodsOf(methods: readonly Method[]): Method[] {
  return methods.includes('GET') ? methods.filter((method) => method !== 'HEAD') : [...methods];
}
