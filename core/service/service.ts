// A daemon as a service: control socket, systemd notification, and reloads by signal, command or file change.

import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Release } from '../contract/ports.ts';
import { sentence } from '../contract/problems.ts';
import type { DaemonView } from '../contract/status.ts';
import type { Daemon, ReloadResult } from '../daemon.ts';
import type { Reading } from '../profile/profile.ts';
import { openControl } from './control/open.ts';
import { socketsOf } from './control/place.ts';
import type { ControlServer } from './control/server.ts';
import { watchDescriptors } from './descriptors.ts';
import { watchLoop } from './loop.ts';
import { lockState } from './state-lock.ts';
import { createNotifier } from './systemd/notify.ts';
import { type FileWatch, watchFiles } from './watch.ts';

/** Interval at which the status of the nodes is sent to systemd. Milliseconds. */
const STATUS_MS = 2_000;

export interface ServiceOptions {
  readonly daemon: Daemon;
  readonly log: Log;
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly pid: number;
  /** Absolute; locked while camd runs. */
  readonly stateFolder: string;
}

export interface Service {
  /** Returns undefined when it runs, or the reading if the profile is invalid. Rejects if it may not run, for example a second time. */
  start(): Promise<Reading | undefined>;
  reload(by: string): Promise<ReloadResult>;
  stop(): Promise<void>;
}

export function createService({ daemon, log, clock, env, pid, stateFolder }: ServiceOptions): Service {
  const notifier = createNotifier({ env, pid });
  const ending = new AbortController();
  const watches = [watchDescriptors(log)];
  let control: ControlServer | undefined;
  let lock: Release | undefined;
  let starting: Promise<unknown> | undefined;
  let files: FileWatch | undefined;

  const updateWatch = (): void => {
    if (daemon.profile?.watch !== true) {
      files?.close();
      files = undefined;
      return;
    }
    files ??= watchFiles(
      () => void reload('a changed file'),
      (folder, cause) => log.warn('folder is not watched', { folder, cause: sentence(cause) }),
    );
    files.set(daemon.files);
  };
  const reload = async (by: string): Promise<ReloadResult> => {
    notifier.reloading();
    const result = await daemon.reload(by);
    updateWatch();
    await moveControl();
    notifier.ready(() => health(daemon.view));
    return result;
  };
  /** A changed `control:` moves the socket; the old one stays as long as the new one cannot be opened. */
  const moveControl = async (): Promise<void> => {
    const before = control;
    if (!daemon.profile || ending.signal.aborted) return;
    const places = socketsOf(daemon.profile, env);
    if (before ? places.includes(before.path) : places.length === 0) return;
    try {
      control = await openControl(daemon.profile, env, { daemon, pid, reload: () => reload('camd reload') }, log);
      before?.retire();
      log.info('the control socket has moved', { path: control?.path });
    } catch (cause) {
      log.warn('the control socket stays where it is', { path: before?.path, cause: sentence(cause) });
    }
  };
  const reportStatus = async (): Promise<void> => {
    for (;;) {
      await clock.sleep(STATUS_MS, ending.signal);
      notifier.status(health(daemon.view));
    }
  };

  const start = async (): Promise<Reading | undefined> => {
    const wrong = await daemon.start(async (profile) => {
      control = await openControl(profile, env, { daemon, pid, reload: () => reload('camd reload') }, log);
      lock = await lockState(stateFolder, { pid, profile: profile.file }, log);
    });
    if (wrong) return wrong;
    if (ending.signal.aborted) return undefined;
    // Started late: code that is loaded for the first time blocks the loop for seconds on a small machine, and no client waits yet.
    watches.push(watchLoop(log, clock.monotonic));
    updateWatch();
    notifier.ready(() => health(daemon.view));
    if (env.NOTIFY_SOCKET) reportStatus().catch(() => {});
    return undefined;
  };

  return {
    start() {
      const started = start();
      starting = started.catch(() => {});
      return started;
    },
    reload,
    async stop() {
      ending.abort();
      for (const end of watches) end();
      notifier.stopping();
      files?.close();
      const stopped = daemon.stop();
      await starting;
      await control?.close();
      await stopped;
      lock?.();
      await notifier.close();
    },
  };
}

/** "12 of 12 nodes healthy", or the unhealthy nodes with their reasons; preceded by the reason if the last reload was refused. */
function health(view: DaemonView): string {
  const nodes = view.nodes();
  const { last } = view.reloads();
  const refused = last && !last.ok ? `the last reload was refused: ${last.summary}; ` : '';
  const faulty = nodes.flatMap(({ id, state }) =>
    state.is === 'degraded' || state.is === 'failed' ? [`${id} ${state.is}: ${state.why}`] : [],
  );
  const healthy = `${nodes.length - faulty.length} of ${nodes.length} nodes healthy`;
  return refused + (faulty.length > 0 ? `${healthy}; ${faulty.join('; ')}` : healthy);
}
