// Looks against the flow of frames: which cameras can come out of a node, and who answers a request. No circle is followed twice.

import type { RequestKind } from '../../contract/plugin.ts';
import type { Release } from '../../contract/ports.ts';
import type { NodeOutput } from './output.ts';

/** An input of a running instance, as the output of that instance sees it. */
export interface Upstream {
  /** The option that names these outputs. */
  readonly option: string;
  outputs(): readonly NodeOutput[];
  want(camera: string | undefined): Release;
  /** These cameras can no longer come. */
  leave(cameras: readonly string[]): void;
}

/** The outputs that feed the accepted instance of this one. */
const before = (output: NodeOutput): readonly NodeOutput[] => output.upstreams().flatMap((input) => input.outputs());

/** Every camera that can come out of one of these. While a reload moves links one by one, they may form a circle. */
export function camerasOf(outputs: readonly NodeOutput[]): Set<string> {
  const found = new Set<string>();
  const seen = new Set<NodeOutput>();
  const waiting = [...outputs];
  for (let output = waiting.pop(); output; output = waiting.pop()) {
    if (seen.has(output)) continue;
    seen.add(output);
    for (const camera of output.announced()) found.add(camera);
    waiting.push(...before(output));
  }
  return found;
}

const NOBODY: ReadonlySet<NodeOutput> = new Set();

/** The first of these that answers, itself or through the nodes before it. `seen`: outputs that have been asked already. */
export function findAnswering(
  outputs: readonly NodeOutput[],
  kind: RequestKind,
  camera: string,
  seen: ReadonlySet<NodeOutput> = NOBODY,
): NodeOutput | undefined {
  return outputs.find((output) => {
    if (seen.has(output)) return false;
    // Most nodes are a source or answer themselves: without a set for each of a thousand.
    return (
      output.answersItself(kind, camera) ||
      (output.upstreams().length > 0 && reaches(output, kind, camera, new Set(seen)))
    );
  });
}

function reaches(output: NodeOutput, kind: RequestKind, camera: string, seen: Set<NodeOutput>): boolean {
  if (seen.has(output)) return false;
  seen.add(output);
  if (output.answersItself(kind, camera)) return true;
  return before(output).some((next) => reaches(next, kind, camera, seen));
}
