// Converts the daemon's status to metric families. Pure.

import type { MemoryStatus, NodeState, NodeStatus, ReloadStatus } from '../../../core/contract/status.ts';

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Appended to the family's name: "_bucket", "_sum", "_count". */
  readonly suffix?: string;
}

export interface Family {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly samples: readonly Sample[];
}

/** Measurements of the process. */
export interface ProcessFacts {
  readonly version: string;
  /** Seconds since the epoch. */
  readonly startedAt: number;
  /** Bytes. */
  readonly resident: number;
  readonly heapUsed: number;
  readonly external: number;
  /** Seconds of CPU since the start. */
  readonly cpu: number;
  /** The busy share of the event loop since the last scrape, 0 to 1. */
  readonly loopUtilization: number;
  /** Seconds, since the last scrape. */
  readonly loopDelay: { readonly mean: number; readonly p99: number; readonly max: number };
}

const STATES: readonly NodeState['is'][] = ['starting', 'running', 'degraded', 'failed', 'stopping', 'stopped'];

export function families(
  nodes: readonly NodeStatus[],
  reloads: ReloadStatus,
  memory: MemoryStatus,
  facts: ProcessFacts,
): readonly Family[] {
  const core = [
    ...nodeFamilies(nodes),
    ...reloadFamilies(reloads),
    ...memoryFamilies(memory),
    ...processFamilies(facts),
  ];
  return [...core, ...ownFamilies(nodes, new Set(core.map(({ name }) => name)))];
}

const of = ({ id, use }: NodeStatus): Record<string, string> => ({ node: id, use });

function nodeFamilies(nodes: readonly NodeStatus[]): Family[] {
  const counter = (name: string, help: string, read: (node: NodeStatus) => number): Family => ({
    name,
    type: 'counter',
    help,
    samples: nodes.map((node) => ({ labels: of(node), value: read(node) })),
  });
  return [
    {
      name: 'camd_node_state',
      type: 'gauge',
      help: '1 for the current state of the node, 0 for the others.',
      samples: nodes.flatMap((node) =>
        STATES.map((state) => ({ labels: { ...of(node), state }, value: node.state.is === state ? 1 : 0 })),
      ),
    },
    counter('camd_frames_in_total', 'Frames received by the node.', (node) => node.framesIn),
    counter('camd_frames_out_total', 'Frames emitted by the node.', (node) => node.framesOut),
    counter('camd_bytes_out_total', 'Bytes of the frames emitted by the node.', (node) => node.bytesOut),
    counter('camd_frames_skipped_total', 'Frames skipped because the node was too slow.', (node) => node.skipped),
    counter('camd_frames_refused_total', 'Frames refused by the node.', (node) => node.refused),
    {
      name: 'camd_node_reserved_bytes',
      type: 'gauge',
      help: 'Memory that the node has reserved for data of clients and cameras.',
      samples: nodes.map((node) => ({ labels: of(node), value: node.reserved })),
    },
    counter('camd_restarts_total', 'Restarts of the node after a failure.', (node) => node.restarts),
  ];
}

/**
 * The nodes' own counters and gauges, one family per name. A name gets the prefix camd_plugin_ if camd itself uses it, or if another
 * plugin uses it with another type.
 */
function ownFamilies(nodes: readonly NodeStatus[], taken: ReadonlySet<string>): Family[] {
  const found = new Map<string, { type: Family['type']; samples: Sample[] }>();
  const add = (name: string, type: Family['type'], sample: Sample): void => {
    const family = found.get(name);
    if (taken.has(name) || (family && family.type !== type)) add(name.replace(/^camd_/, 'camd_plugin_'), type, sample);
    else if (family) family.samples.push(sample);
    else found.set(name, { type, samples: [sample] });
  };
  for (const node of nodes) {
    const labels = of(node);
    for (const [name, value] of Object.entries(node.metrics)) {
      const timing = /^(.+)_ms_(?:le_(\d+)|(sum)|(count))_total$/.exec(name);
      if (timing) {
        const [, what, bound, sum] = timing;
        const family = `camd_${what}_seconds`;
        if (bound !== undefined) {
          const le = String(Number(bound) / 1000);
          add(family, 'histogram', { labels: { ...labels, le }, value, suffix: '_bucket' });
        } else if (sum !== undefined) add(family, 'histogram', { labels, value: value / 1000, suffix: '_sum' });
        else {
          add(family, 'histogram', { labels: { ...labels, le: '+Inf' }, value, suffix: '_bucket' });
          add(family, 'histogram', { labels, value, suffix: '_count' });
        }
      } else if (name.endsWith('_ms')) {
        add(`camd_${name.slice(0, -'_ms'.length)}_seconds`, 'gauge', { labels, value: value / 1000 });
      } else add(`camd_${name}`, name.endsWith('_total') ? 'counter' : 'gauge', { labels, value });
    }
  }
  return [...found].map(([name, family]) => ({
    name,
    help: 'A metric of the nodes; see their reference pages.',
    ...family,
  }));
}

export interface CameraFacts {
  readonly camera: string;
  /** Milliseconds since the epoch. */
  readonly picture: number;
  readonly online: boolean;
}

/** Families for cameras that have sent a picture. */
export function cameraFamilies(cameras: readonly CameraFacts[]): Family[] {
  const gauge = (name: string, help: string, read: (facts: CameraFacts) => number): Family => ({
    name,
    type: 'gauge',
    help,
    samples: cameras.map((facts) => ({ labels: { camera: facts.camera }, value: read(facts) })),
  });
  return [
    gauge('camd_camera_last_picture_timestamp_seconds', 'Time of the last picture.', ({ picture }) => picture / 1000),
    gauge('camd_camera_online', '1 while the camera sends pictures, otherwise 0.', ({ online }) => (online ? 1 : 0)),
  ];
}

function reloadFamilies({ count, last }: ReloadStatus): Family[] {
  const one = (name: string, type: Family['type'], help: string, value: number): Family => ({
    name,
    type,
    help,
    samples: [{ labels: {}, value }],
  });
  return [
    one('camd_reloads_total', 'counter', 'Attempted reloads.', count),
    ...(last
      ? [
          one('camd_reload_last_ok', 'gauge', '1 if the last reload succeeded, 0 if it failed.', last.ok ? 1 : 0),
          one('camd_reload_last_timestamp_seconds', 'gauge', 'End time of the last reload.', last.at / 1000),
          one('camd_reload_last_duration_seconds', 'gauge', 'Duration of the last reload.', last.took / 1000),
        ]
      : []),
  ];
}

function processFamilies(facts: ProcessFacts): Family[] {
  const gauge = (name: string, help: string, value: number, labels: Record<string, string> = {}): Family => ({
    name,
    type: 'gauge',
    help,
    samples: [{ labels, value }],
  });
  const { mean, p99, max } = facts.loopDelay;
  return [
    gauge('camd_info', 'The running version.', 1, { version: facts.version }),
    gauge('process_start_time_seconds', 'Start time of the process.', facts.startedAt),
    gauge('process_resident_memory_bytes', 'Resident memory of the process.', facts.resident),
    gauge('nodejs_heap_used_bytes', 'Memory of JavaScript objects.', facts.heapUsed),
    gauge('nodejs_external_memory_bytes', 'Memory of buffers, including frames.', facts.external),
    {
      name: 'process_cpu_seconds_total',
      type: 'counter',
      help: 'CPU time, user and system.',
      samples: [{ labels: {}, value: facts.cpu }],
    },
    gauge('nodejs_eventloop_utilization', 'Busy share of the event loop since the last scrape.', facts.loopUtilization),
    gauge('nodejs_eventloop_delay_mean_seconds', 'Mean delay of timers since the last scrape.', mean),
    gauge('nodejs_eventloop_delay_p99_seconds', '99th percentile of the delay of timers since the last scrape.', p99),
    gauge('nodejs_eventloop_delay_max_seconds', 'Largest delay of a timer since the last scrape.', max),
  ];
}

function memoryFamilies({ most, used, refused }: MemoryStatus): Family[] {
  const one = (name: string, type: Family['type'], help: string, value: number): Family => ({
    name,
    type,
    help,
    samples: [{ labels: {}, value }],
  });
  return [
    one('camd_memory_limit_bytes', 'gauge', 'Memory limit for data of clients and cameras.', most),
    one('camd_memory_reserved_bytes', 'gauge', 'Reserved memory for data of clients and cameras.', used),
    one('camd_memory_refused_total', 'counter', 'Reservations that exceeded the limit.', refused),
  ];
}
