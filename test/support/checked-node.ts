// Checked nodes created by hand, for tests of code that reads all nodes of a profile.

import type { PortName } from '../../core/contract/ports.ts';
import type { CheckedNode } from '../../core/profile/check/node.ts';
import type { Claim, Reference, RouteClaim } from '../../core/profile/profile.ts';
import type { Mark } from '../../core/profile/values/fill.ts';

export interface NodeParts {
  readonly use?: string;
  /** The nodes from which it gets frames. */
  readonly from?: readonly string[];
  readonly references?: readonly Reference[];
  readonly provides?: readonly PortName[];
  readonly claims?: readonly Claim[];
  readonly routes?: readonly RouteClaim[];
  readonly marks?: readonly Mark[];
}

/** A separate range for each line. */
export const rangeAt = (line: number, column = 3) => ({
  file: '/p/main.yaml',
  line,
  column,
  length: 1,
  start: 0,
  end: 1,
});

/** The nodes by id; the first one is in line 1. */
export function checkedNodes(parts: Readonly<Record<string, NodeParts>>): ReadonlyMap<string, CheckedNode> {
  const entries = Object.entries(parts).map(([id, given], index): [string, CheckedNode] => {
    const range = rangeAt(index + 1);
    const { use = 'test/node', from = [], provides = [], claims = [], routes = [], marks = [] } = given;
    const frames: Reference = {
      option: 'from',
      to: from,
      ports: ['frames'],
      delivery: 'live',
      places: from.map(() => range),
    };
    const references = [...(from.length > 0 ? [frames] : []), ...(given.references ?? [])];
    const spec: CheckedNode['spec'] = {
      id,
      use,
      options: {},
      parse: undefined,
      provides,
      exclusive: false,
      references,
      claims,
      routes,
      place: range,
    };
    const schema: CheckedNode['schema'] = {
      title: use,
      summary: 'For tests',
      description: 'For tests.',
      type: 'object',
    };
    return [id, { id, range, schema, spec, marks, problems: [], secrets: { ranges: [], values: [] } }];
  });
  return new Map(entries);
}

export const markOf = (option: string, text: string, more: Partial<Mark> = {}): Mark => ({
  option,
  text,
  range: rangeAt(9),
  given: true,
  interpolated: false,
  cut: false,
  keywords: {},
  ...more,
});

/** "line:column message (line of the other place)". */
export const problemTexts = (
  problems: readonly {
    readonly place: { readonly line: number; readonly column: number };
    readonly message: string;
    readonly related?: { readonly line: number };
  }[],
): string[] =>
  problems.map(
    ({ place, message, related }) => `${place.line}:${place.column} ${message}${related ? ` (${related.line})` : ''}`,
  );
