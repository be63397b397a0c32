// Decides which GET requests may reach Moonraker, and with which query. Pure.

import { type CanonicalTarget, canonicalTarget } from '../../kit/proxy/canonical-path.ts';
import {
  CONFIG_PATH,
  isCredential,
  isHiddenObject,
  isTrigger,
  READABLE_PATHS,
  THUMBNAIL_NAME,
  THUMBNAIL_ROOT,
} from './allow-list.ts';
import type { FilterRules } from './json-rpc-filter.ts';

const READABLE: ReadonlySet<string> = new Set(READABLE_PATHS);

/**
 * The request to send to Moonraker for a visitor's `target` (as in the request line, without the proxy's mount prefix); undefined to
 * refuse it.
 */
export function filterTarget(target: string, rules: Pick<FilterRules, 'exposeConfig'>): CanonicalTarget | undefined {
  const canonical = canonicalTarget(target);
  if (canonical === undefined || !isReadable(canonical.path, rules.exposeConfig)) return undefined;
  const allowed = canonical.query.filter(([name]) => !isCredential(name) && !isTrigger(name));
  if (canonical.path !== '/printer/objects/query' || rules.exposeConfig)
    return { path: canonical.path, query: allowed };
  const shown = allowed.filter(([name]) => !isHiddenObject(name));
  // Like JSON-RPC: the answer omits the configuration, and a request for the configuration alone is refused.
  if (shown.length === 0 && allowed.length > 0) return undefined;
  return { path: canonical.path, query: shown };
}

function isReadable(path: string, exposeConfig: boolean): boolean {
  if (READABLE.has(path)) return true;
  if (path === CONFIG_PATH) return exposeConfig;
  return path.startsWith(THUMBNAIL_ROOT) && THUMBNAIL_NAME.test(path);
}
