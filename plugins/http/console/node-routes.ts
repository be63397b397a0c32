// The routes for the graph, its nodes, their logs, counters, options, restarts and captures.

import { headOf } from '../../../core/contract/frame.ts';
import type { KernelNode } from '../../../core/contract/kernel.ts';
import type { Frame, Kernel, Log } from '../../../core/contract/plugin.ts';
import { isFault } from '../../../core/contract/problems.ts';
import type { DaemonView } from '../../../core/contract/status.ts';
import { maySee } from '../../kit/http/people.ts';
import type { Person } from './access.ts';
import { refuse, textOf } from './answer.ts';
import type { NodeDetail, OptionValueLine, Picture } from './api/nodes.ts';
import type { CounterHistory } from './counters.ts';
import type { Route } from './routes.ts';
import {
  camerasOf,
  edgesOf,
  graphNode,
  graphOf,
  isHiddenFrom,
  isPartlyHidden,
  logLine,
  othersOf,
  statusLine,
} from './view.ts';

/** Timeout of a capture in milliseconds. */
const CAPTURE_MS = 30_000;

export interface NodeContext {
  readonly kernel: Kernel;
  readonly daemon: DaemonView;
  readonly counters: CounterHistory;
  readonly log: Log;
  readonly signal: AbortSignal;
  now(): number;
}

export function nodeRoutes({ kernel, daemon, counters, log, signal, now }: NodeContext): Route[] {
  const nodeOf = (id = ''): KernelNode => {
    const node = kernel.nodes().find((one) => one.id === id);
    if (!node) throw refuse('not-found', `There is no node "${id.slice(0, 128)}".`);
    return node;
  };
  const statusOf = (id: string) => {
    const status = daemon.nodes().find((one) => one.id === id);
    if (!status) throw refuse('not-found', `The node "${id}" has not started.`);
    return status;
  };
  /** Refuses nodes with cameras that the person does not see. */
  const allowed = (person: Person, node: KernelNode): void => {
    if (isPartlyHidden(person, node)) throw refuse('forbidden', `"${node.id}" also has cameras that you do not see.`);
  };

  const detail = async (person: Person, node: KernelNode): Promise<NodeDetail> => {
    const schema = kernel.schema(node.use);
    const status = statusOf(node.id);
    const mute = isPartlyHidden(person, node);
    const { place } = node;
    const edges = edgesOf(kernel.nodes()).filter(({ from, to }) => from === node.id || to === node.id);
    return {
      ...graphNode(person, status, node),
      summary: schema?.summary ?? '',
      options: mute ? [] : await optionsOf(kernel, node.id),
      metrics: mute ? {} : status.metrics,
      edges,
      ...(mute ? {} : { place: { file: place.file, line: place.line, column: place.column } }),
      captures: node.captures.some((camera) => maySee(person, camera)) || node.provides.includes('frames'),
      taps: node.provides.includes('frames'),
    };
  };

  return [
    { method: 'GET', path: '/api/graph', role: 'look', handle: ({ person }) => graphOf(person, daemon, kernel, now()) },
    { method: 'GET', path: '/api/cameras', role: 'look', handle: ({ person }) => camerasOf(person, daemon) },
    {
      method: 'GET',
      path: '/api/nodes/{node}',
      role: 'look',
      handle: ({ person, params }) => detail(person, nodeOf(params.node)),
    },
    {
      method: 'GET',
      path: '/api/nodes/{node}/log',
      role: 'look',
      handle({ person, params }) {
        const node = nodeOf(params.node);
        if (isHiddenFrom(person, node)) return [];
        const others = othersOf(person, daemon);
        return kernel.log(node.id).flatMap((text) => logLine(person, text, others) ?? []);
      },
    },
    {
      method: 'GET',
      path: '/api/nodes/{node}/counters',
      role: 'look',
      handle({ person, params }) {
        const node = nodeOf(params.node);
        allowed(person, node);
        return counters.of(node.id);
      },
    },
    {
      method: 'POST',
      path: '/api/nodes/{node}/restart',
      role: 'operate',
      async handle({ person, params, body }) {
        await body();
        const node = nodeOf(params.node);
        allowed(person, node);
        if (person.cameras && node.cameras.length === 0) {
          throw refuse('forbidden', `"${node.id}" belongs to none of your cameras.`);
        }
        log.warn('console: a node is restarted', { by: person.by, restarted: node.id, why: `${node.id} ${now()}` });
        await kernel.restart(node.id);
        return statusLine(person, statusOf(node.id), node);
      },
    },
    {
      method: 'POST',
      path: '/api/nodes/{node}/capture',
      role: 'operate',
      async handle({ person, params, body }) {
        const node = nodeOf(params.node);
        const camera = textOf(await body(), 'camera', 128);
        if (!maySee(person, camera)) throw refuse('forbidden', 'This is not one of your cameras.');
        if (!node.cameras.includes(camera)) throw refuse('not-found', `"${node.id}" provides no camera "${camera}".`);
        log.info('console: a picture is taken', { by: person.by, camera });
        try {
          const late = AbortSignal.any([signal, AbortSignal.timeout(CAPTURE_MS)]);
          return pictureOf(await kernel.capture(node.id, camera, late));
        } catch (cause) {
          if (isFault(cause)) throw cause;
          throw refuse('failed', `The camera sent no picture within ${CAPTURE_MS / 1000} s.`);
        }
      },
    },
  ];
}

async function optionsOf(kernel: Kernel, id: string): Promise<OptionValueLine[]> {
  const lines = (await kernel.options(id)) ?? [];
  return lines.map(({ path, value, written, secret, description, place }) => ({
    ...{ path, value, secret, description, isDefault: place === undefined },
    ...(written === undefined ? {} : { written }),
    ...(place ? { place: { file: place.file, line: place.line, column: place.column } } : {}),
  }));
}

export const pictureOf = (frame: Frame): Picture => ({
  ...headOf(frame),
  data: `data:${frame.type};base64,${frame.data.toString('base64')}`,
});
