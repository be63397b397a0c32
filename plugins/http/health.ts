// http/health: liveness and readiness for service managers and load balancers.

import { defineNode } from '../../core/contract/plugin.ts';
import type { NodeStatus } from '../../core/contract/status.ts';
import type { HttpHealthOptions } from '../../schemas/http/health.ts';

interface Trouble {
  readonly node: string;
  readonly use: string;
  readonly state: NodeStatus['state']['is'];
  readonly why?: string;
}

export default defineNode<HttpHealthOptions>({
  start(node) {
    const { live, ready, required, optional } = node.options;
    const counts = ({ id }: NodeStatus): boolean => (required?.includes(id) ?? true) && !optional.includes(id);

    const answer = (nodes: readonly NodeStatus[]): { ok: boolean; faults: Trouble[]; warnings: Trouble[] } => {
      const troubled = nodes.filter(({ id, state }) => state.is !== 'running' && id !== node.id);
      const faults = troubled.filter(counts).map(trouble);
      return { ok: faults.length === 0, faults, warnings: troubled.filter((status) => !counts(status)).map(trouble) };
    };

    node.ref('on', 'server').bind((server) => {
      const detach = [
        server.route({
          methods: ['GET'],
          path: live,
          cameras: 'none',
          // Any response proves liveness.
          handler: (_request, reply) => reply.header('cache-control', 'no-store').send({ ok: true }),
        }),
        server.route({
          methods: ['GET'],
          path: ready,
          handler(_request, reply) {
            const body = answer(node.daemon.nodes());
            return reply
              .code(body.ok ? 200 : 503)
              .header('cache-control', 'no-store')
              .send(body);
          },
        }),
      ];
      return () => {
        for (const release of detach) release();
      };
    });
  },
});

function trouble({ id, use, state }: NodeStatus): Trouble {
  return { node: id, use, state: state.is, ...('why' in state ? { why: state.why } : {}) };
}
