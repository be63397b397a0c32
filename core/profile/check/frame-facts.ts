// The profile's own facts about the frames of each node: their cameras and the interval between them. Pure.

import type { FrameFacts } from '../../contract/check.ts';
import type { Problem } from '../../contract/problems.ts';
import { problem } from '../source/tree.ts';
import type { CheckedNode } from './node.ts';

export const UNKNOWN: FrameFacts = { cameras: undefined, interval: undefined };

/** For several inputs: all cameras if every input names its own, and the longest known interval. */
export function joinFacts(inputs: readonly FrameFacts[]): FrameFacts {
  const [first = UNKNOWN] = inputs;
  if (inputs.length < 2) return first;
  const cameras = inputs.every((facts) => facts.cameras !== undefined)
    ? [...new Set(inputs.flatMap((facts) => facts.cameras ?? []))]
    : undefined;
  const intervals = inputs.flatMap(({ interval }) => interval ?? []);
  return { cameras, interval: intervals.length > 0 ? Math.max(...intervals) : undefined };
}

/** The nodes that send frames to this one. */
const inputsOf = ({ spec }: CheckedNode): readonly string[] =>
  spec.references.flatMap(({ delivery, to }) => (delivery === undefined ? [] : to));

/** Finds two sources with the same camera id whose frames meet in a node: viewers would see both alternately. */
export function sharedCameras(nodes: ReadonlyMap<string, CheckedNode>, factsOf: (id: string) => FrameFacts): Problem[] {
  const problems: Problem[] = [];
  const reported = new Set<string>();
  const sources = new Map<string, ReadonlySet<string>>();
  /** The sources upstream of a node. A cycle is reported elsewhere and only ends the search here. */
  const sourcesOf = (id: string, path: readonly string[] = []): ReadonlySet<string> => {
    const known = sources.get(id);
    if (known) return known;
    const node = nodes.get(id);
    const inputs = node && !path.includes(id) ? inputsOf(node) : [];
    const found = inputs.length === 0 ? [id] : inputs.flatMap((input) => [...sourcesOf(input, [...path, id])]);
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
        if (!first || !second || reported.has(`${first.id} ${second.id}`)) continue;
        reported.add(`${first.id} ${second.id}`);
        const message = `"${second.id}" and "${first.id}" both send frames of the camera "${camera}", and "${node.id}" gets them mixed; give one of them another "camera".`;
        problems.push(problem('advice', second.range, message, first.range));
      }
    }
  }
  return problems;
}
