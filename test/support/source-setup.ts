// A source alone in a profile, always and on demand, for the conformance suite of sources.

import type { SourceSetup } from '../../testing/index.ts';

const ON_DEMAND = ', mode: on_demand, linger: 0ms';

const profile = (node: string, more = ''): string => `camd: 1\npipeline:\n  cam: { use: ${node}${more} }\n`;
export const sourceSetup = (node: string, missing?: string): SourceSetup => ({
  id: 'cam',
  yaml: profile(node),
  onDemand: profile(node, ON_DEMAND),
  without: 'camd: 1\npipeline:\n  another: { use: source/test-pattern, size: 64x48 }\n',
  ...(missing === undefined ? {} : { missing: profile(missing) }),
});
