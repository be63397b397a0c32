// http/screens: the state of each screen, and the request for a new picture.

import { defineNode, type Fact, type Route } from '../../core/contract/plugin.ts';
import { isFault } from '../../core/contract/problems.ts';
import type { HttpScreensOptions } from '../../schemas/http/screens.ts';
import { COMMAND_MS, sendCommand } from '../kit/control/control.ts';
import { json } from '../kit/http/json.ts';
import { maySee } from '../kit/http/people.ts';
import { isKnown, registryOf } from '../kit/ingest/known.ts';
import { refuse } from '../kit/stills/refuse.ts';

/** Least milliseconds between two requests for a picture of one screen. */
const LEAST_MS = 1000;

export default defineNode<HttpScreensOptions>({
  start(node) {
    const { options, clock } = node;
    const { path } = options;
    const [registry] = node.refs('only', 'registry');
    const stills = node.ref('from', 'stills');
    const input = node.input();
    const requestedAt = new Map<string, number>();

    const all = async (): Promise<readonly string[]> =>
      (await (registry && registryOf(registry))?.list()) ?? stills.current()?.cameras() ?? [];
    const exists = async (camera: string): Promise<boolean> =>
      registry ? isKnown(registry, camera) : (stills.current()?.cameras().includes(camera) ?? false);
    const factsOf = async (camera: string): Promise<Readonly<Record<string, unknown>>> => {
      try {
        const facts: Fact = await input.ask('command', camera, { name: 'state' }, AbortSignal.timeout(COMMAND_MS));
        return typeof facts === 'object' && facts !== null ? { ...facts } : {};
      } catch (cause) {
        if (isFault(cause)) return {};
        throw cause;
      }
    };
    const stateOf = async (camera: string): Promise<object> => {
      const still = stills.current()?.latest(camera);
      const { status = null, status_time = null, heartbeat = null } = await factsOf(camera);
      const picture = still ? new Date(still.frame.time).toISOString() : null;
      const name = node.cameras.name(camera);
      return { camera, name, online: still !== undefined && !still.stale, picture, status, status_time, heartbeat };
    };
    /** False if a picture was requested a moment ago. */
    const isItsTurn = (camera: string): boolean => {
      const now = clock.monotonic();
      for (const [id, at] of requestedAt) if (now - at >= LEAST_MS) requestedAt.delete(id);
      if (requestedAt.has(camera)) return false;
      requestedAt.set(camera, now);
      return true;
    };

    const routes: readonly Route[] = [
      {
        methods: ['GET'],
        path,
        cameras: 'own',
        async handler({ person }, reply) {
          const visible = (await all()).filter((camera) => maySee(person, camera));
          return json(reply, 200, await Promise.all(visible.map(stateOf)));
        },
      },
      {
        methods: ['GET'],
        path: `${path}/{camera}/state`,
        cameras: 'path',
        async handler(_request, reply, { camera = '' }) {
          if (!(await exists(camera))) return refuse(reply, 404, 'there is no screen with this id');
          return json(reply, 200, await stateOf(camera));
        },
      },
      {
        methods: ['POST'],
        path: `${path}/{camera}/capture`,
        cameras: 'path',
        ...(options.anyone ? {} : { auth: 'always' as const }),
        async handler(_request, reply, { camera = '' }) {
          if (!(await exists(camera))) return refuse(reply, 404, 'there is no screen with this id');
          if (isItsTurn(camera) && !(await sendCommand(input, camera, { name: 'capture' }))) {
            return refuse(
              reply,
              503,
              'the screen cannot get the request: no source of this server publishes commands, or the broker is not connected',
            );
          }
          node.metrics.count('captures_total');
          return json(reply, 202, { status: 202, camera });
        },
      },
    ];
    node.ref('on', 'server').bind((server) => {
      const releases = routes.map((route) => server.route(route));
      return () => {
        for (const release of releases) release();
      };
    });
  },
});
