// All routes of the console, for comparison with a test's list.

import { changeRoutes } from '../../plugins/http/console/change-routes.ts';
import { machineRoutes } from '../../plugins/http/console/machine-routes.ts';
import { nodeRoutes } from '../../plugins/http/console/node-routes.ts';
import { profileRoutes } from '../../plugins/http/console/profile-routes.ts';
import type { AnyRoute } from '../../plugins/http/console/routes.ts';
import { sessionRoutes } from '../../plugins/http/console/session-routes.ts';

/** The routes are only listed, so they need no dependencies. */
export function kernelRoutes(): AnyRoute[] {
  const unused = {} as never;
  return [sessionRoutes, nodeRoutes, profileRoutes, changeRoutes, machineRoutes].flatMap((make): AnyRoute[] =>
    make(unused),
  );
}
