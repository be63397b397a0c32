// The page's requests: the current cameras, the available devices, and changes.

import type { EditableNode, ProfileChange, ProfileEdit } from '../../../../../core/contract/plugin.ts';
import type { Device } from '../../devices.ts';

export interface State {
  readonly revision: string;
  readonly token: string;
  readonly nodes: readonly EditableNode[];
  /** The outcome of the previous form. */
  readonly note?: string;
}

export interface Api {
  state(): Promise<State>;
  devices(): Promise<readonly Device[]>;
  change(state: State, edits: readonly ProfileEdit[], preview: boolean): Promise<ProfileChange>;
}

/** Timeout in milliseconds; a reload may wait until cameras open and close. */
const PATIENCE = 60_000;

export function createApi(base: URL): Api {
  const ask = async <T>(path: string, body?: object): Promise<T> => {
    const response = await fetch(new URL(path, base), {
      signal: AbortSignal.timeout(PATIENCE),
      cache: 'no-store',
      ...(body ? { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } } : {}),
    });
    const answer: unknown = await response.json();
    if (typeof answer !== 'object' || answer === null) throw new Error('The server sent no answer.');
    // The answer to a change contains the reason of a failure; other errors have only a message.
    if (!response.ok && !('reason' in answer)) {
      throw new Error('message' in answer ? String(answer.message) : 'error' in answer ? String(answer.error) : '');
    }
    return answer as T;
  };
  return {
    state: () => ask('state'),
    devices: () => ask('devices'),
    change: ({ token, revision }, edits, preview) => ask('change', { token, revision, preview, edits }),
  };
}
