// http/metrics: serves the daemon's counters and gauges and the event-loop delay to Prometheus.

import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { cpuUsage, memoryUsage } from 'node:process';
import { defineNode } from '../../../core/contract/plugin.ts';
import type { HttpMetricsOptions } from '../../../schemas/http/metrics.ts';
import { CONTENT_TYPE, exposition } from './exposition.ts';
import { type CameraFacts, cameraFamilies, families, type ProcessFacts } from './families.ts';

/** Each sample wakes the process: ten per second would cost as much as three viewers of a camera. */
const RESOLUTION_MS = 1000;
/** Most cameras with their own metrics. */
const MAX_CAMERAS = 4096;

export default defineNode<HttpMetricsOptions>({
  start(node) {
    const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    delay.enable();
    let before = performance.eventLoopUtilization();
    node.defer(() => void delay.disable());

    const facts = (): ProcessFacts => {
      const memory = memoryUsage();
      const cpu = cpuUsage();
      // The monitor measures the time between timers, so only the part beyond its resolution is delay.
      const late = (ns: number): number => Math.max(0, ns / 1e9 - RESOLUTION_MS / 1000) || 0;
      const loopDelay = { mean: late(delay.mean), p99: late(delay.percentile(99)), max: late(delay.max) };
      delay.reset();
      const loopUtilization = performance.eventLoopUtilization(before).utilization;
      before = performance.eventLoopUtilization();
      return {
        version: node.daemon.version,
        startedAt: node.daemon.startedAt / 1000,
        resident: memory.rss,
        heapUsed: memory.heapUsed,
        external: memory.external,
        cpu: (cpu.user + cpu.system) / 1e6,
        loopUtilization,
        loopDelay,
      };
    };

    const [stills] = node.refs('cameras', 'stills');
    const cameras = (): CameraFacts[] =>
      (stills?.current()?.cameras() ?? []).slice(0, MAX_CAMERAS).flatMap((camera) => {
        const still = stills?.current()?.latest(camera);
        return still ? [{ camera, picture: still.frame.time, online: !still.stale }] : [];
      });
    const all = () => [
      ...families(node.daemon.nodes(), node.daemon.reloads(), node.daemon.memory(), facts()),
      ...(stills ? cameraFamilies(cameras()) : []),
    ];

    node.ref('on', 'server').bind((server) =>
      server.route({
        methods: ['GET'],
        path: node.options.path,
        handler: (_request, reply) =>
          reply.header('cache-control', 'no-store').type(CONTENT_TYPE).send(exposition(all())),
      }),
    );
  },
});
