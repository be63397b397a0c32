// A running camd: one profile, one graph, and reloads one after the other.

import { setImmediate } from 'node:timers/promises';
import type { Clock } from './base/clock.ts';
import type { LogControl } from './base/log.ts';
import { createMemoryBudget, defaultBudget } from './base/memory.ts';
import type { Catalog } from './catalog/catalog.ts';
import type { KernelPlan, ReloadEvent } from './contract/kernel.ts';
import type { ParserFactory, Provided } from './contract/plugin.ts';
import { placeText, sentence } from './contract/problems.ts';
import type { DaemonView, NodeStatus, ReloadStatus } from './contract/status.ts';
import type { EditingModule, RightReading } from './daemon/editing.ts';
import { createKernel } from './daemon/kernel.ts';
import { loadEditing } from './daemon/load-editing.ts';
import type { NodeOutput } from './graph/flow/output.ts';
import { createYoungCollection } from './graph/flow/young-collection.ts';
import { cutNodes } from './graph/plan/cut.ts';
import { type Change, type Diff, diff } from './graph/plan/diff.ts';
import { EMPTY_PLAN, type Plan, type PlannedNode, plan } from './graph/plan/plan.ts';
import { createCameraDirectory } from './graph/run/cameras.ts';
import { createListeners, type Listeners } from './graph/run/listeners.ts';
import { createRunner, type Runner } from './graph/run/runner.ts';
import type { Loaded } from './graph/run/supervisor.ts';
import type { Profile, Reading } from './profile/profile.ts';
import { resolvePath } from './profile/resolve.ts';
import { changedValues, type Shown, type ValueChange } from './profile/show/changes.ts';

/**
 * Milliseconds after the start at which its garbage is collected. V8 shrinks the space for young objects if little was allocated in the
 * five seconds before; in an idle process it would not collect by itself for hours.
 */
const SETTLE_MS = [8_000, 16_000] as const;

export interface DaemonOptions {
  read(): Promise<Reading>;
  /** Reads the same profile with these texts in place of its files, without keeping any of the result. */
  preview(texts: ReadonlyMap<string, string>, inspect?: AbortSignal): Promise<Reading>;
  /** The profile editing; loaded when a node first needs it. */
  readonly editing: EditingModule;
  readonly log: LogControl;
  readonly clock: Clock;
  readonly listeners: Listeners;
  readonly version: string;
  /** Absolute; for data that must outlive the process. */
  readonly stateFolder: string;
}

export type ReloadResult =
  | {
      readonly ok: true;
      readonly change: Change;
      /** The values that differ in nodes which both profiles have. */
      readonly values: readonly ValueChange[];
      /** Nodes whose streams end. */
      readonly cut: readonly string[];
      readonly reading: Reading;
    }
  /** The profile is invalid; nothing was changed. */
  | { readonly ok: false; readonly reading: Reading }
  /** The profile is valid but could not be started; the old graph was restored. */
  | { readonly ok: false; readonly reading?: undefined; readonly why: string };

export interface Daemon {
  readonly view: DaemonView;
  /** The running profile; undefined before `start`. */
  readonly profile: Profile | undefined;
  /** Every file that the last reading has read, valid or not. */
  readonly files: readonly string[];
  /**
   * Starts the profile; returns undefined when it runs, or the reading if it is invalid. `prepare` is awaited after the reading and before
   * the start: if it rejects, nothing has been started.
   */
  start(prepare?: (profile: Profile) => Promise<void>): Promise<Reading | undefined>;
  /** Calls during a reload share the next one, which reads the files again. */
  reload(by?: string): Promise<ReloadResult>;
  /** The effect that a reload would have now. Changes nothing. */
  rehearse(): Promise<ReloadResult>;
  output(id: string): NodeOutput | undefined;
  /** The current ports of a node. */
  provided(id: string): Provided | undefined;
  stop(): Promise<void>;
}

export function createDaemon(options: DaemonOptions): Daemon {
  const { log, clock } = options;
  const startedAt = clock.now();
  let reloads: ReloadStatus = { count: 0 };
  let runner: Runner | undefined;
  let profile: Profile | undefined;
  let planned: Plan | undefined;
  let catalog: Catalog | undefined;
  let files: readonly string[] = [];
  /** Of the last reading. */
  let texts: ReadonlyMap<string, string> = new Map();
  let working: Promise<unknown> = Promise.resolve();
  let next: Promise<ReloadResult> | undefined;
  let stopping = false;

  const cameras = createCameraDirectory();
  const rename = (names: ReadonlyMap<string, string>): void => {
    log.names(names);
    cameras.rename(names);
  };
  const budget = defaultBudget();
  const memory = createMemoryBudget(budget);
  const youngCollection = createYoungCollection();
  const setMemory = (by: Profile): void => {
    memory.limit(by.memory ?? budget);
    youngCollection.limit(by.freeAfter ?? Math.floor(memory.most / 2));
  };
  const view: DaemonView = {
    version: options.version,
    startedAt,
    nodes: () => (runner?.status() ?? []).map((node) => withoutSecrets(node, log.hide)),
    cameras: () =>
      (runner?.cameras() ?? []).map((camera) => (camera.why ? { ...camera, why: log.hide(camera.why) } : camera)),
    reloads: () => reloads,
    memory: () => memory,
  };

  const running = (): Shown | undefined => (profile && catalog ? { profile, catalog } : undefined);
  const requesters = new Set<string>();
  const listeners = new Set<(event: ReloadEvent) => void>();
  const reload = (by = 'camd'): Promise<ReloadResult> => {
    requesters.add(by);
    if (next) return next;
    runner?.supersede();
    next = working.then(reloadNow);
    working = next.catch(() => {});
    return next;
  };
  const editing = loadEditing(options.editing, {
    running,
    preview: options.preview,
    plan: (reading) => planOf(planAgainst(reading)),
    async reload(by) {
      const result = await reload(by);
      const problems = result.reading?.problems ?? [];
      if (!result.ok) return { ok: false, why: summary(result), problems };
      return { ok: true, plan: planOf(result), problems };
    },
    runner: ({ profile }) =>
      createRunner({ ...runnerOptions(profile), log: log.child('try'), listeners: createListeners() }),
    clock,
    log,
    stateFolder: options.stateFolder,
  });
  const kernel = createKernel({
    running,
    runner: () => runner,
    preview: options.preview,
    editing: editing.kernel,
    log,
    restart(id) {
      const restarted = working.then(() => runner?.restart(id));
      working = restarted.catch(() => {});
      return restarted;
    },
    onReload(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  });

  const readAndKeep = async (): Promise<Reading> => {
    const reading = await options.read();
    files = reading.files;
    texts = reading.raw;
    if (!reading.profile) return reading;
    log.mask(reading.profile.secrets);
    catalog = reading.catalog;
    return reading;
  };
  const load = async (node: PlannedNode): Promise<Loaded> => {
    if (!catalog) throw new Error('no profile has been read');
    const { use, parse } = node.spec;
    return { node, plugin: await catalog.node(use), parser: parse && (await parserOf(catalog, parse)) };
  };

  const reloadNow = async (): Promise<ReloadResult> => {
    next = undefined;
    const by = [...requesters].join(', ');
    requesters.clear();
    const began = clock.monotonic();
    const result = await attempt();
    await setImmediate();
    const took = Math.round(clock.monotonic() - began);
    reloads = {
      count: reloads.count + 1,
      last: { at: clock.now(), ok: result.ok, took, summary: summary(result) },
    };
    if (result.ok) log.info('profile reloaded', { took_ms: took, ...counts(result.change) });
    else log.event('profile not reloaded, the old one keeps running', { why: log.hide(summary(result)) });
    const event: ReloadEvent = {
      at: clock.now(),
      took,
      ok: result.ok,
      by,
      summary: log.hide(summary(result)),
      problems: result.reading?.problems ?? [],
      texts,
      ...(result.ok ? { plan: planOf(result) } : {}),
    };
    for (const listener of [...listeners]) listener(event);
    return result;
  };
  const attempt = async (): Promise<ReloadResult> => {
    if (!runner || stopping) return { ok: false, why: 'camd is not running' };
    const before = running();
    try {
      const reading = await readAndKeep();
      if (!reading.profile) return { ok: false, reading };
      // Each step of a large reload takes some milliseconds: frames are delivered in between.
      await setImmediate();
      const wanted = plan(reading.profile, planned, reading.catalog.revision);
      await setImmediate();
      const found = await runner.apply(wanted);
      const result = accepted(before, wanted, found, reading);
      planned = wanted;
      profile = reading.profile;
      log.level(profile.log.level);
      rename(profile.cameras);
      setMemory(profile);
      return result;
    } catch (cause) {
      return { ok: false, why: log.hide(sentence(cause)) };
    }
  };
  const rehearse = async (): Promise<ReloadResult> => {
    if (!profile || !catalog || !planned) return { ok: false, why: 'camd is not running' };
    const reading = await options.preview(new Map());
    return reading.profile ? planAgainst({ ...reading, profile: reading.profile }) : { ok: false, reading };
  };
  /** The effect of a reload of this profile. */
  const planAgainst = (reading: RightReading): Accepted => {
    const before = planned ?? EMPTY_PLAN;
    const wanted = plan(reading.profile, before, reading.catalog.revision);
    return accepted(running(), wanted, diff(before, wanted), reading);
  };
  /** Call it while `planned` is still the previous plan. */
  const accepted = (before: Shown | undefined, wanted: Plan, found: Diff, reading: Reading): Accepted => {
    const { kept, relinked, replaced, added, removed } = found;
    return {
      ok: true,
      change: { kept, relinked, replaced, added, removed },
      values: before && reading.profile ? changedValues(before, { ...reading, profile: reading.profile }) : [],
      cut: planned ? cutNodes(planned, wanted, found) : [],
      reading,
    };
  };
  const runnerOptions = ({ folder }: Profile) => ({
    log,
    clock,
    listeners: options.listeners,
    memory,
    youngCollection,
    daemon: view,
    cameras,
    profile: editing.access,
    kernel: () => kernel,
    folder,
    stateFolder: options.stateFolder,
    resolve: (path: string) => resolvePath(folder, path),
    load,
  });

  return {
    view,
    get profile() {
      return profile;
    },
    get files() {
      return files;
    },
    async start(prepare) {
      const reading = await readAndKeep();
      if (!reading.profile) return reading;
      profile = reading.profile;
      if (stopping) return undefined;
      await prepare?.(profile);
      if (stopping) return undefined;
      log.level(profile.log.level);
      rename(profile.cameras);
      setMemory(profile);
      runner = createRunner(runnerOptions(profile));
      planned = plan(profile, undefined, reading.catalog.revision);
      const booting = runner.boot(planned);
      working = booting.catch(() => {});
      await booting;
      for (const after of SETTLE_MS)
        setTimeout(() => {
          if (!stopping) youngCollection.settle();
        }, after).unref();
      return undefined;
    },
    reload,
    rehearse,
    output: (id) => runner?.output(id),
    provided: (id) => runner?.provided(id),
    async stop() {
      stopping = true;
      runner?.cancelStarts();
      await working;
      await runner?.stop();
    },
  };
}

async function parserOf(
  catalog: Catalog,
  parse: { readonly use: string; readonly options: Readonly<Record<string, unknown>> },
): Promise<ParserFactory> {
  const plugin = await catalog.parser(parse.use);
  return (sink, context = {}) => plugin.create({ ...parse.options }, sink, context);
}

/** The status of a node may quote text received from other programs. */
function withoutSecrets(node: NodeStatus, hide: (text: string) => string): NodeStatus {
  const { state, lastError } = node;
  return {
    ...node,
    state: 'why' in state ? { ...state, why: hide(state.why) } : state,
    ...(lastError === undefined ? {} : { lastError: hide(lastError) }),
  };
}

function summary(result: ReloadResult): string {
  if (result.ok) {
    const parts = Object.entries(counts(result.change)).filter(([, count]) => count > 0);
    return parts.map(([name, count]) => `${count} ${name}`).join(', ');
  }
  if (!result.reading) return result.why;
  const errors = result.reading.problems.filter((problem) => problem.severity === 'error');
  const [first] = errors;
  const where = first ? `${placeText(first.place)}: ${first.message}` : '';
  return errors.length > 1 ? `${where} (and ${errors.length - 1} more)` : where;
}

type Accepted = Extract<ReloadResult, { ok: true }>;

const planOf = ({ change, values, cut }: Accepted): KernelPlan => ({
  ...change,
  cut,
  values,
});

function counts(change: Change): Record<string, number> {
  return {
    added: change.added.length,
    replaced: change.replaced.length,
    relinked: change.relinked.length,
    removed: change.removed.length,
    kept: change.kept.length,
  };
}
