// Runs `examine` of every plugin of a profile in parallel; a plugin that throws or never ends is itself reported as an observation.

import { userInfoIn } from '../../base/redact.ts';
import type { Catalog } from '../../catalog/catalog.ts';
import type { Observation } from '../../contract/examine.ts';
import { sentence } from '../../contract/problems.ts';
import type { NodeSpec, Profile } from '../profile.ts';
import { resolvePath } from '../resolve.ts';

/** Time limit per node. Milliseconds. */
export const EXAMINE_MS = 15_000;
/** Most observations of one node; further ones are dropped. */
export const MAX_OBSERVATIONS = 100;
/** Longer messages are truncated. Characters. */
export const MAX_SENTENCE = 1000;

/** An observation with its node. */
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
  const add = (observation: Observation): void => {
    const fix = observation.fix === undefined ? {} : { fix: cleaned(observation.fix, secrets) };
    found.push({ ...observation, message: cleaned(observation.message, secrets), ...fix, node });
  };
  const control = new AbortController();
  // Listeners on the signal that all nodes share would be reported as a leak.
  const combined = AbortSignal.any([signal, control.signal]);
  const timer = setTimeout(() => control.abort(new Error(`it did not end within ${ms / 1000} s`)), ms);
  const ended = new Promise<never>((_, reject) => {
    combined.addEventListener('abort', () => reject(combined.reason), { once: true });
    if (combined.aborted) reject(combined.reason);
  });
  ended.catch(() => {});
  try {
    const plugin = await catalog.node(node.use);
    const view = { id: node.id, signal: combined, resolve: (path: string) => resolvePath(folder, path) };
    const observations = plugin.examine?.(node.options, view)[Symbol.asyncIterator]();
    while (observations && found.length < MAX_OBSERVATIONS) {
      const next = await Promise.race([observations.next(), ended]);
      if (next.done) break;
      add(next.value);
    }
    // `return` runs the `finally` of the plugin; it is not awaited, since it may hang.
    if (found.length >= MAX_OBSERVATIONS) observations?.return?.().catch(() => {});
  } catch (cause) {
    add({
      is: 'warning',
      code: 'not-examined',
      message: `${node.use} could not examine this machine: ${sentence(cause)}.`,
    });
  } finally {
    clearTimeout(timer);
    control.abort();
  }
  return found;
}

/** Masks secrets of the profile and user information of URLs, and truncates: servers may quote the data they received. */
function cleaned(text: string, secrets: readonly string[]): string {
  const hidden = secrets
    .filter((secret) => secret.length >= LEAST_SECRET)
    .reduce((shown, secret) => shown.replaceAll(secret, '***'), text);
  const users = [...userInfoIn(hidden)].reverse();
  return users
    .reduce((shown, { start, end }) => `${shown.slice(0, start)}***${shown.slice(end)}`, hidden)
    .slice(0, MAX_SENTENCE);
}

/** Shorter secrets are not masked, since they would match in every message. Characters. */
const LEAST_SECRET = 4;
