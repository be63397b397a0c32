// A node with a route in a separate profile, for the conformance suite of routes.

import type { Test } from 'tap';
import { type Case, type RouteSetup, routeCases } from '../../testing/index.ts';

export const routeOf = (
  node: string,
  path: string,
  type: string,
  more: Partial<RouteSetup> = {},
): readonly Case<Test>[] => routeCases<Test>(() => ({ node: `use: ${node}, on: web`, path, type, ...more }));
