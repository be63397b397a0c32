// Runs a whole profile inside the test process in a temporary folder; stops at the end of the test.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Clock, systemClock } from '../core/base/clock.ts';
import { createLog } from '../core/base/log.ts';
import { createCatalog } from '../core/catalog/create.ts';
import type { Ports } from '../core/contract/ports.ts';
import type { NodeState, NodeStatus } from '../core/contract/status.ts';
import { createDaemon, type Daemon, type ReloadResult } from '../core/daemon.ts';
import type { NodeOutput } from '../core/graph/flow/output.ts';
import { createListeners } from '../core/graph/run/listeners.ts';
import { readProfile } from '../core/profile/read.ts';
import { renderProblems } from '../core/profile/show/render.ts';
import { readFromDisk } from '../core/profile/source/disk.ts';
import { builtins, editing } from '../plugins/index.ts';
import { atEnd, type Ending } from './ending.ts';
import { withPlugins } from './plugins.ts';
import { until } from './until.ts';

export interface LogLine {
  readonly level: string;
  readonly node?: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

export interface Running {
  readonly daemon: Daemon;
  /** The folder of the profile. */
  readonly folder: string;
  /** Every line logged so far. */
  readonly lines: readonly LogLine[];
  status(id: string): NodeStatus;
  /** Resolves once the node is in that state. */
  state(id: string, is: NodeState['is']): Promise<NodeStatus>;
  /** The output of a node. */
  output(id: string): NodeOutput;
  /** The current port of a node, such as `port('web', 'server').origin`. */
  port<P extends keyof Ports>(id: string, port: P): Ports[P];
  /** Writes a new profile and reloads. */
  reload(yaml: string): Promise<ReloadResult>;
  stop(): Promise<void>;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly clock?: Clock;
  /** Further files of the profile's folder: name → text. */
  readonly files?: Readonly<Record<string, string>>;
  /** Plugin objects for the profile, in addition to the built-in ones, without a `plugins:`. */
  readonly plugins?: readonly object[];
}

/** A profile that is starting. */
export interface Starting {
  readonly running: Running;
  /** Rejects with the rendered problems if the profile is invalid. */
  readonly started: Promise<void>;
}

/** Most checks whether all nodes have started. Checks, not a time: on a busy machine both take longer. */
const MOST_LOOKS = 600;
/** Milliseconds between two checks. */
const LOOK_MS = 5;

/** Resolves once every node has started, or after the last check; rejects with the rendered problems if the profile is invalid. */
export async function run(t: Ending, yaml: string, options: RunOptions = {}): Promise<Running> {
  const { running, started } = start(t, yaml, options);
  await started;
  return running;
}

/** Like `run`, for tests of events during the start of nodes. */
export function start(t: Ending, yaml: string, options: RunOptions = {}): Starting {
  const folder = mkdtempSync(join(tmpdir(), 'camd-test-'));
  const file = join(folder, 'profile.yaml');
  for (const [name, text] of Object.entries(options.files ?? {})) writeFileSync(join(folder, name), text);
  writeFileSync(file, yaml);
  const lines: LogLine[] = [];
  const env = options.env ?? {};
  const catalog = withPlugins(createCatalog(builtins), options.plugins ?? []);
  const daemon = createDaemon({
    read: () => readProfile(file, { env, readFile: readFromDisk, catalog }),
    preview: (texts, inspect) =>
      readProfile(file, {
        env,
        readFile: async (path, limit) => texts.get(path) ?? readFromDisk(path, limit),
        catalog,
        ...(inspect ? { inspect } : {}),
      }),
    editing,
    log: createLog({ level: 'debug', write: (line) => void lines.push(JSON.parse(line) as LogLine) }),
    clock: options.clock ?? systemClock,
    listeners: createListeners(),
    version: '0.0.0-test',
    stateFolder: join(folder, 'state'),
  });
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopped ??= daemon.stop();
    return stopped;
  };
  atEnd(t, async () => {
    await stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const starting = async (): Promise<void> => {
    const wrong = await daemon.start();
    if (wrong) throw new Error(renderProblems(wrong.problems, wrong.sources, { format: 'text', cwd: folder }));
    // camd is ready before a slow node has started, and on a busy machine any node may be slow.
    const isStarting = (): boolean => daemon.view.nodes().some(({ state }) => state.is === 'starting');
    for (let looks = 0; isStarting() && looks < MOST_LOOKS; looks++) await sleep(LOOK_MS);
  };
  const status = (id: string): NodeStatus => {
    const found = daemon.view.nodes().find((node) => node.id === id);
    if (!found) throw new Error(`there is no node "${id}"`);
    return found;
  };
  const running: Running = {
    daemon,
    folder,
    lines,
    status,
    async state(id, is) {
      await until(() => status(id).state.is === is, `${id} to be ${is}`);
      return status(id);
    },
    output(id) {
      const output = daemon.output(id);
      if (!output) throw new Error(`there is no node "${id}"`);
      return output;
    },
    port(id, port) {
      const ports: Partial<Ports> | undefined = daemon.provided(id);
      const found = ports?.[port];
      if (!found) throw new Error(`the node "${id}" provides no ${port} now`);
      return found;
    },
    reload(next) {
      writeFileSync(file, next);
      return daemon.reload();
    },
    stop,
  };
  return { running, started: starting() };
}
