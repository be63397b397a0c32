// The status and the last heartbeat of each screen, polled from http/screens.

import { useEffect, useState } from 'preact/hooks';
import { ageText } from './age.ts';
import { shared } from './words.ts';

/** Milliseconds between two requests while the page is visible. */
const EVERY_MS = 5000;

/** The reported state of one screen. */
export interface ScreenState {
  readonly camera: string;
  readonly status: string | null;
  /** Milliseconds since the epoch, by the clock of this browser. */
  readonly heartbeat: number | undefined;
}

export type ScreenStates = ReadonlyMap<string, ScreenState>;

const NONE: ScreenStates = new Map();

/** `url`: the list of http/screens, or the state of one screen; undefined: the server has no http/screens. */
export function useScreenStates(url: string | undefined): ScreenStates {
  const [states, setStates] = useState(NONE);
  useEffect(() => {
    setStates(NONE);
    if (url === undefined) return undefined;
    const leaving = new AbortController();
    const poll = async (): Promise<void> => {
      if (document.hidden) return;
      const received = await read(url, leaving.signal).catch(() => undefined);
      if (received && !leaving.signal.aborted) setStates(received);
    };
    void poll();
    const timer = setInterval(poll, EVERY_MS);
    return () => {
      leaving.abort();
      clearInterval(timer);
    };
  }, [url]);
  return states;
}

/** "online · heartbeat 12 s ago"; undefined when the screen has reported nothing yet. */
export function screenText({ status, heartbeat }: ScreenState, now: number): string | undefined {
  const age = heartbeat === undefined ? undefined : ageText(Math.max(0, now - heartbeat));
  const beat = age === undefined ? undefined : age === shared.now ? shared.heartbeatNow : shared.heartbeat(age);
  const parts = [status, beat].filter((part) => typeof part === 'string');
  return parts.length === 0 ? undefined : parts.join(' · ');
}

async function read(url: string, signal: AbortSignal): Promise<ScreenStates> {
  const response = await fetch(url, { headers: { accept: 'application/json' }, cache: 'no-store', signal });
  if (!response.ok) return NONE;
  // Ages must not depend on the clock of the browser.
  const ahead = Date.now() - (Date.parse(response.headers.get('date') ?? '') || Date.now());
  const answer: unknown = await response.json();
  return new Map([answer].flat().flatMap((entry) => stateOf(entry, ahead)));
}

function stateOf(entry: unknown, ahead: number): [string, ScreenState][] {
  if (typeof entry !== 'object' || entry === null || !('camera' in entry) || typeof entry.camera !== 'string')
    return [];
  const { camera } = entry;
  const status = 'status' in entry && typeof entry.status === 'string' ? entry.status : null;
  const time = 'heartbeat' in entry && typeof entry.heartbeat === 'string' ? Date.parse(entry.heartbeat) : Number.NaN;
  return [[camera, { camera, status, heartbeat: Number.isNaN(time) ? undefined : time + ahead }]];
}
