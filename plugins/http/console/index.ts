// http/console: a separate listener with pages and an API that show the nodes and change the profile.

import { join } from 'node:path';
import { defineNode, type People } from '../../../core/contract/plugin.ts';
import { sentence } from '../../../core/contract/problems.ts';
import type { HttpConsoleOptions } from '../../../schemas/http/console.ts';
import { peopleOf } from '../../kit/http/people.ts';
import { createApp } from './app.ts';
import { changeRoutes } from './change-routes.ts';
import { openChanges, recordChanges } from './changes.ts';
import { checkConsole } from './check.ts';
import { createCounterHistory, STEP_MS } from './counters.ts';
import { serve } from './listener.ts';
import { createLive } from './live.ts';
import { machineRoutes } from './machine-routes.ts';
import { nodeRoutes } from './node-routes.ts';
import { profileRoutes } from './profile-routes.ts';
import { sessionRoutes } from './session-routes.ts';
import { createSessions } from './sessions.ts';

export default defineNode<HttpConsoleOptions>({
  check: checkConsole,

  async start(node) {
    const { options, log } = node;
    const sessions = await node.durable('sessions', {
      same: [],
      create: () => createSessions(() => node.clock.monotonic()),
      dispose: () => {},
    });
    // Users stay logged in while the server of `users_of` restarts.
    const [server] = node.refs('users_of', 'server');
    let known: People = server?.current()?.people ?? peopleOf(options.users ?? {});
    server?.bind(({ people }) => {
      known = people;
      return () => {};
    });
    const people = options.users || server ? (): People => known : undefined;
    const { kernel, daemon, clock } = node;
    const history = await node.durable('counters', { same: [], create: createCounterHistory, dispose: () => {} });
    node.task(async (signal) => {
      while (!signal.aborted) {
        history.sample(daemon.nodes(), clock.now());
        await clock.sleep(STEP_MS, signal).catch(() => {});
      }
    });
    const changes = await openChanges(join(node.stateFolder, 'changes', node.id));
    const recorder = await recordChanges(kernel, changes, (cause) =>
      log.warn('console: a change could not be stored', { why: sentence(cause) }),
    );
    node.defer(recorder.end);
    const shared = { kernel, daemon, log, lastChange: recorder.last };
    const live = createLive({ kernel, daemon, now: clock.now, monotonic: clock.monotonic });
    node.defer(live.close);
    node.metrics.gauge('viewers', live.size);

    const app = createApp({
      use: node.use,
      options,
      people,
      sessions,
      log,
      routes: [
        ...sessionRoutes({ options, people, sessions, version: daemon.version, log }),
        ...nodeRoutes({ kernel, daemon, counters: history, log, signal: node.signal, now: clock.now }),
        ...profileRoutes(shared),
        ...changeRoutes({ ...shared, changes }),
        ...machineRoutes({ ...shared, signal: node.signal }),
      ],
      channels: live.channels,
    });
    const origin = await serve(node, app);
    log.info('serving the console', { url: origin });
  },
});
