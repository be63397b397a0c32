// Renders the status of a running camd as a text table. Pure.

import { formatDuration } from '../../../core/base/units.ts';
import { columns } from '../../../core/cli/columns.ts';
import type { NodeState, NodeStatus } from '../../../core/contract/status.ts';
import type { Status } from '../../../core/service/control/messages.ts';

const COLORS: Readonly<Record<NodeState['is'], number>> = {
  starting: 36,
  running: 32,
  degraded: 33,
  failed: 31,
  stopping: 36,
  stopped: 90,
};

/** `now` is milliseconds since the epoch. */
export function statusTable(status: Status, now: number, color: boolean): string {
  const up = formatDuration(now - status.startedAt);
  const { count, last } = status.reloads;
  const reloads = last
    ? `${count} reloads, the last ${formatDuration(now - last.at)} ago ${last.ok ? 'succeeded' : 'failed'}: ${last.summary}`
    : 'no reloads';
  const head = `camd ${status.version}  process ${status.pid}  up ${up}  ${status.profile}\n${reloads}\n\n`;
  const titles = ['NODE', 'USE', 'STATE', 'SINCE', 'IN', 'OUT', 'RATE', 'SKIPPED', 'REMARKS'];
  const rows = status.nodes.map((node) => [
    node.id,
    node.use,
    node.state.is,
    formatDuration(now - node.state.since),
    String(node.framesIn),
    String(node.framesOut),
    `${node.rate.toFixed(1)}/s`,
    String(node.skipped),
    [reason(node, now), audience(node), refused(node)].filter((text) => text !== '').join('; '),
  ]);
  const lines = columns([titles, ...rows]).split('\n');
  if (!color) return `${head}${lines.join('\n')}\n`;
  const painted = lines.map((line, index) => {
    const state = status.nodes[index - 1]?.state.is;
    return state === undefined ? `\u001b[1m${line}\u001b[0m` : paint(line, state);
  });
  return `${head}${painted.join('\n')}\n`;
}

/** The current problem, or the last one. */
function reason(node: NodeStatus, now: number): string {
  if (node.state.is === 'degraded') return node.state.why;
  if (node.state.is === 'failed') {
    const { why, retryAt } = node.state;
    if (retryAt === undefined) return `${why} (no retry until the next reload)`;
    return `${why} (retry in ${formatDuration(Math.max(0, retryAt - now))})`;
  }
  return node.lastError ? `was: ${node.lastError}` : '';
}

/** The number of frames that the node refused. */
const refused = (node: NodeStatus): string =>
  node.refused === 0 ? '' : `${node.refused} ${node.refused === 1 ? 'frame' : 'frames'} refused`;

/** Viewer counts, and the viewers that get old pictures because their connection is too slow. */
function audience({ metrics }: NodeStatus): string {
  const { viewers = 0, viewers_lagging: lagging = 0, lag_ms: lag = 0 } = metrics;
  if (viewers === 0) return '';
  const watching = `${viewers} ${viewers === 1 ? 'viewer' : 'viewers'}`;
  return lagging === 0 ? watching : `${watching}, ${lagging} lagging by up to ${formatDuration(lag)}`;
}

const paint = (line: string, state: NodeState['is']): string =>
  line.replace(` ${state} `, ` \u001b[${COLORS[state]}m${state}\u001b[0m `);
