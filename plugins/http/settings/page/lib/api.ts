// What the page asks of the server: the cameras as they are, the devices to choose from, and changes.

import type { EditableNode, ProfileChange, ProfileEdit } from '../../../../../core/contract/plugin.ts';
import type { Device } from '../../devices.ts';

export interface State {
  readonly revision: string;
  readonly token: string;
  readonly nodes: readonly EditableNode[];
  /** What came of a form that was sent before. */
  readonly note?: string;
}

export interface Api {
  state(): Promise<State>;
  devices(): Promise<readonly Device[]>;
  change(state: State, edits: readonly ProfileEdit[], preview: boolean): Promise<ProfileChange>;
}

/** Milliseconds; a reload may wait for cameras to open and close. */
const PATIENCE = 60_000;

export function createApi(base: URL): Api {
  const ask = async <T>(path: string, body?: object): Promise<T> => {
    const response = await fetch(new URL(path, base), {
      signal: AbortSignal.timeout(PATIENCE),
      cache: 'no-store',
      ...(body ? { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } } : {}),
    });
    const answer: unknown = await response.json();
    if (typeof answer !== 'object' || answer === null) throw new Error('The server gave no answer.');
    // The answer to a change says itself what went wrong; any other error has a message alone.
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
