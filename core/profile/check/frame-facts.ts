// What the profile alone says about the frames of each node: their cameras and how far apart they are. Pure.

import type { FrameFacts } from '../../contract/check.ts';
import type { Problem } from '../../contract/problems.ts';
import { problem } from '../source/tree.ts';
import type { CheckedNode } from './node.ts';

export const UNKNOWN: FrameFacts = { cameras: undefined, interval: undefined };

/** Several inputs: all cameras if every input names its own, and the longest interval that is known. */
export function joinFacts(inputs: readonly FrameFacts[]): FrameFacts {
  const [first = UNKNOWN] = inputs;
  if (inputs.length < 2) return first;
  const cameras = inputs.every((one) => one.cameras !== undefined)
    ? [...new Set(inputs.flatMap((one) => one.cameras ?? []))]
    : undefined;
  const intervals = inputs.flatMap(({ interval }) => interval ?? []);
  return { cameras, interval: intervals.length > 0 ? Math.max(...intervals) : undefined };
}

/** The nodes whose frames this one takes. */
const inputsOf = ({ spec }: CheckedNode): readonly string[] =>
  spec.references.flatMap(({ delivery, to }) => (delivery === undefined ? [] : to));

/** Two sources with one camera id whose frames meet in a node: viewers would see both in turns. */
export function sharedCameras(nodes: ReadonlyMap<string, CheckedNode>, factsOf: (id: string) => FrameFacts): Problem[] {
  const problems: Problem[] = [];
  const told = new Set<string>();
  const sources = new Map<string, ReadonlySet<string>>();
  /** The sources upstream of a node. A cycle is an error of its own, and ends here. */
  const sourcesOf = (id: string, path: readonly string[] = []): ReadonlySet<string> => {
    const known = sources.get(id);
    if (known) return known;
    const node = nodes.get(id);
    const inputs = node && !path.includes(id) ? inputsOf(node) : [];
    const found = inputs.length === 0 ? [id] : inputs.flatMap((one) => [...sourcesOf(one, [...path, id])]);
    const set = new Set(found);
    sources.set(id, set);
    return set;
  };
  for (const node of nodes.values()) {
    if (inputsOf(node).length < 2) continue;
    const owners = new Map<string, string>();
    for (const source of sourcesOf(node.id)) {
      for (const camera of factsOf(source).cameras ?? []) {
        const first = nodes.get(owners.get(camera) ?? '');
        const second = nodes.get(source);
        owners.set(camera, source);
        if (!first || !second || told.has(`${first.id} ${second.id}`)) continue;
        told.add(`${first.id} ${second.id}`);
        const message = `"${second.id}" and "${first.id}" both send frames of the camera "${camera}", and "${node.id}" gets them mixed; give one of them another "camera".`;
        problems.push(problem('advice', second.range, message, first.range));
      }
    }
  }
  return problems;
}
