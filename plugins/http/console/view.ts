// Limits the graph to one person's cameras: nodes, edges, cameras and log lines. Pure.

import type { KernelNode } from '../../../core/contract/kernel.ts';
import type { Kernel } from '../../../core/contract/plugin.ts';
import type { CameraStatus, DaemonView, NodeStatus } from '../../../core/contract/status.ts';
import { maySee } from '../../kit/http/people.ts';
import type { Person } from './access.ts';
import type { Graph, GraphEdge, GraphNode, LogLine, NodeStatusLine } from './api/nodes.ts';

type Eyes = Pick<Person, 'cameras'>;

/** True for a node with cameras that the person does not see; then texts about the node are hidden. */
export const isPartlyHidden = (person: Eyes, node: Shown): boolean =>
  person.cameras !== undefined && camerasAt(node).some((camera) => !maySee(person, camera));

/** True for a node without cameras of this person; then all its log lines are hidden. */
export const isHiddenFrom = (person: Eyes, node: Shown): boolean =>
  isPartlyHidden(person, node) && !camerasAt(node).some((camera) => maySee(person, camera));

type Shown = Pick<KernelNode, 'id' | 'cameras' | 'provides' | 'references'>;

/** A source that has not announced a camera yet counts as the camera of its own name. */
const camerasAt = ({ id, cameras, provides, references }: Shown): readonly string[] => {
  const isSource = provides.includes('frames') && !references.some(({ frames }) => frames);
  return cameras.length === 0 && isSource ? [id] : cameras;
};

const MUTE = 'This concerns other cameras as well.';

export function statusLine(person: Eyes, status: NodeStatus, node: Shown): NodeStatusLine {
  const { id, state, rate, framesIn, framesOut, bytesOut, skipped, refused, restarts, lastError } = status;
  const mute = isPartlyHidden(person, node);
  const shownState = 'why' in state && mute ? { ...state, why: MUTE } : state;
  return {
    ...{ id, state: shownState, rate, framesIn, framesOut, bytesOut, skipped, refused, restarts },
    ...(lastError === undefined ? {} : { lastError: mute ? MUTE : lastError }),
  };
}

export function statusLines(person: Eyes, daemon: DaemonView, kernel: Kernel): NodeStatusLine[] {
  const nodes = new Map(kernel.nodes().map((node) => [node.id, node]));
  return daemon.nodes().flatMap((status) => {
    const node = nodes.get(status.id);
    return node ? [statusLine(person, status, node)] : [];
  });
}

export function graphNode(person: Eyes, status: NodeStatus, node: KernelNode): GraphNode {
  return {
    ...statusLine(person, status, node),
    use: node.use,
    kind: node.use.split('/')[0] ?? '',
    provides: node.provides,
    cameras: node.cameras.filter((camera) => maySee(person, camera)),
  };
}

export const edgesOf = (nodes: readonly KernelNode[]): GraphEdge[] =>
  nodes.flatMap(({ id: to, references }) =>
    references.flatMap(({ option, to: names, frames }) => names.map((from) => ({ from, to, option, frames }))),
  );

export function graphOf(person: Eyes, daemon: DaemonView, kernel: Kernel, now: number): Graph {
  const nodes = kernel.nodes();
  const statuses = new Map(daemon.nodes().map((one) => [one.id, one]));
  const { reloads, memory, version, startedAt } = daemon;
  const { most, used, refused } = memory();
  return {
    ...{ profile: kernel.profile, version, startedAt, now, reloads: reloads(), memory: { most, used, refused } },
    nodes: nodes.flatMap((node) => {
      const status = statuses.get(node.id);
      return status ? [graphNode(person, status, node)] : [];
    }),
    edges: edgesOf(nodes),
  };
}

export const camerasOf = (person: Eyes, daemon: DaemonView): CameraStatus[] =>
  daemon.cameras().filter(({ id }) => maySee(person, id));

const LEVELS: ReadonlySet<string> = new Set(['debug', 'info', 'warn', 'error', 'fatal']);

/** undefined for a line that the person must not see, and for text that is not a log line. */
export function logLine(person: Eyes, text: string, others: readonly string[]): LogLine | undefined {
  if (person.cameras && others.some((camera) => text.includes(camera))) return undefined;
  let line: unknown;
  try {
    line = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof line !== 'object' || line === null) return undefined;
  const { level, time, msg, node: _node, ...fields } = line as Record<string, unknown>;
  if (typeof level !== 'string' || !LEVELS.has(level)) return undefined;
  return { level: level as LogLine['level'], time: Date.parse(String(time)) || 0, message: String(msg ?? ''), fields };
}

/** Cameras that this person must not see. */
export const othersOf = (person: Eyes, daemon: DaemonView): string[] =>
  person.cameras ? daemon.cameras().flatMap(({ id }) => (maySee(person, id) ? [] : [id])) : [];
