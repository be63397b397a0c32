// Lets every plugin of a profile look at this machine, side by side; a plugin that throws or never ends is an observation itself.

import { userInfoIn } from '../../base/redact.ts';
import type { Catalog } from '../../catalog/catalog.ts';
import type { Observation } from '../../contract/examine.ts';
import { sentence } from '../../contract/problems.ts';
import type { NodeSpec, Profile } from '../profile.ts';
import { resolvePath } from '../resolve.ts';

/** One node may take so long. */
export const EXAMINE_MS = 15_000;
/** More observations of one node are dropped. */
export const MAX_OBSERVATIONS = 100;
/** More characters of a sentence are cut. */
export const MAX_SENTENCE = 1000;

/** What a node's plugin observed. */
export interface Examined extends Observation {
  readonly node: NodeSpec;
}

export interface ExamineOptions {
  readonly signal: AbortSignal;
  /** Milliseconds for one node; default EXAMINE_MS. */
  readonly ms?: number;
}

/** In the order of the profile. Never rejects. */
export async function examineNodes(profile: Profile, catalog: Catalog, options: ExamineOptions): Promise<Examined[]> {
  const found = [...profile.nodes.values()].map((node) => examineNode(node, profile, catalog, options));
  return (await Promise.all(found)).flat();
}

async function examineNode(
  node: NodeSpec,
  { folder, secrets }: Profile,
  catalog: Catalog,
  { signal, ms = EXAMINE_MS }: ExamineOptions,
): Promise<Examined[]> {
  const found: Examined[] = [];
  const add = (one: Observation): void => {
    const mend = one.mend === undefined ? {} : { mend: cleaned(one.mend, secrets) };
    found.push({ ...one, message: cleaned(one.message, secrets), ...mend, node });
  };
  const control = new AbortController();
  // Listeners on the signal that all nodes share would be reported as a leak.
  const either = AbortSignal.any([signal, control.signal]);
  const timer = setTimeout(() => control.abort(new Error(`it did not end within ${ms / 1000} s`)), ms);
  const ended = new Promise<never>((_, reject) => {
    either.addEventListener('abort', () => reject(either.reason), { once: true });
    if (either.aborted) reject(either.reason);
  });
  ended.catch(() => {});
  try {
    const plugin = await catalog.node(node.use);
    const view = { id: node.id, signal: either, resolve: (path: string) => resolvePath(folder, path) };
    const observations = plugin.examine?.(node.options, view)[Symbol.asyncIterator]();
    while (observations && found.length < MAX_OBSERVATIONS) {
      const next = await Promise.race([observations.next(), ended]);
      if (next.done) break;
      add(next.value);
    }
    // What it has open is closed by its `finally`; nobody waits for one that hangs there.
    if (found.length >= MAX_OBSERVATIONS) observations?.return?.().catch(() => {});
  } catch (cause) {
    add({
      is: 'warning',
      code: 'not-examined',
      message: `${node.use} could not look at this machine: ${sentence(cause)}.`,
    });
  } finally {
    clearTimeout(timer);
    control.abort();
  }
  return found;
}

/** Without secrets of the profile and the users of URLs, and of bounded length: servers may quote what they were sent. */
function cleaned(text: string, secrets: readonly string[]): string {
  const hidden = secrets
    .filter((secret) => secret.length >= LEAST_SECRET)
    .reduce((shown, secret) => shown.replaceAll(secret, '***'), text);
  const users = [...userInfoIn(hidden)].reverse();
  return users
    .reduce((shown, { start, end }) => `${shown.slice(0, start)}***${shown.slice(end)}`, hidden)
    .slice(0, MAX_SENTENCE);
}

/** Secrets of fewer characters are not starred out: every message would be. */
const LEAST_SECRET = 4;
