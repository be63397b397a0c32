// Searches upstream: which cameras a node can send, and which node answers a request. Cycles are followed only once.

import type { RequestKind } from '../../contract/plugin.ts';
import type { Release } from '../../contract/ports.ts';
import type { NodeOutput } from './output.ts';

/** An input of a running instance, as seen from the output of that instance. */
export interface Upstream {
  /** The option that lists these outputs. */
  readonly option: string;
  outputs(): readonly NodeOutput[];
  want(camera: string | undefined): Release;
  /** These cameras can no longer come. */
  leave(cameras: readonly string[]): void;
}

/** The outputs that feed the accepted instance of `output`. */
const before = (output: NodeOutput): readonly NodeOutput[] => output.upstreams().flatMap((input) => input.outputs());

/** Every camera that these outputs can send. While a reload moves subscriptions one by one, they may form a cycle. */
export function camerasOf(outputs: readonly NodeOutput[]): Set<string> {
  const found = new Set<string>();
  const visited = new Set<NodeOutput>();
  const waiting = [...outputs];
  for (let output = waiting.pop(); output; output = waiting.pop()) {
    if (visited.has(output)) continue;
    visited.add(output);
    for (const camera of output.announced()) found.add(camera);
    waiting.push(...before(output));
  }
  return found;
}

const NONE_VISITED: ReadonlySet<NodeOutput> = new Set();

/** The first of these that answers, itself or through upstream nodes. `visited`: outputs that the request has already passed. */
export function findAnswering(
  outputs: readonly NodeOutput[],
  kind: RequestKind,
  camera: string,
  visited: ReadonlySet<NodeOutput> = NONE_VISITED,
): NodeOutput | undefined {
  return outputs.find((output) => {
    if (visited.has(output)) return false;
    // Most nodes are a source or answer themselves: this avoids a Set for each of a thousand nodes.
    return (
      output.answersItself(kind, camera) ||
      (output.upstreams().length > 0 && reaches(output, kind, camera, new Set(visited)))
    );
  });
}

function reaches(output: NodeOutput, kind: RequestKind, camera: string, visited: Set<NodeOutput>): boolean {
  if (visited.has(output)) return false;
  visited.add(output);
  if (output.answersItself(kind, camera)) return true;
  return before(output).some((next) => reaches(next, kind, camera, visited));
}
