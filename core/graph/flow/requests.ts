// Requests at the output of one node: the running instance answers them, or they are passed on to the upstream nodes.

import type { Frame, RequestHandler, RequestKind, Requests } from '../../contract/plugin.ts';
import { environment, type Fault } from '../../contract/problems.ts';
import type { NodeOutput } from './output.ts';
import { findAnswering } from './upstream.ts';

export type Args<Kind extends RequestKind> = Requests[Kind]['args'];
export type Answer<Kind extends RequestKind> = Requests[Kind]['answer'];

/** The requests that one instance answers itself. */
export interface Answers {
  set<Kind extends RequestKind>(
    kind: Kind,
    handler: RequestHandler<Kind>,
    cameras: ((camera: string) => boolean) | undefined,
  ): void;
  /** True if the instance answers this kind for the camera: its own filter decides or, without a filter, `has`. */
  covers(kind: RequestKind, camera: string, has: (camera: string) => boolean): boolean;
  get<Kind extends RequestKind>(kind: Kind): RequestHandler<Kind> | undefined;
}

type Handlers = { [Kind in RequestKind]?: RequestHandler<Kind> };

export function createAnswers(): Answers {
  const handlers: Handlers = {};
  const filters = new Map<RequestKind, ((camera: string) => boolean) | undefined>();
  return {
    set(kind, handler, cameras) {
      Object.assign(handlers, { [kind]: handler });
      filters.set(kind, cameras);
    },
    covers(kind, camera, has) {
      if (!filters.has(kind)) return false;
      return (filters.get(kind) ?? has)(camera);
    },
    get: <Kind extends RequestKind>(kind: Kind): RequestHandler<Kind> | undefined => handlers[kind],
  };
}

export const noAnswer = (kind: RequestKind, camera: string): Fault =>
  environment(
    'no-answer',
    `No node answers a ${kind} of the camera ${camera}: its source does not support it, or is not running.`,
  );

/** Processes a picture captured upstream before it is passed on. */
export type CaptureStep = (frame: Frame, signal: AbortSignal) => Promise<Frame>;

/** Passes a request on to the nearest upstream node that answers it. */
export async function forward<Kind extends RequestKind>(
  outputs: readonly NodeOutput[],
  kind: Kind,
  camera: string,
  args: Args<Kind>,
  signal: AbortSignal,
  visited: ReadonlySet<NodeOutput> = new Set(),
): Promise<Answer<Kind>> {
  const next = findAnswering(outputs, kind, camera, visited);
  if (!next) throw noAnswer(kind, camera);
  return next.ask(kind, camera, args, signal, visited);
}
