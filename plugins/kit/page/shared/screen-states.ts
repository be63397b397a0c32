// The status and the last heartbeat of each screen, read from http/screens again and again.

import { useEffect, useState } from 'preact/hooks';
import { ageText } from './age.ts';
import { shared } from './words.ts';

/** Milliseconds between two requests while the page is visible. */
const EVERY_MS = 5000;

/** What a screen says of itself. */
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
    const look = async (): Promise<void> => {
      if (document.hidden) return;
      const seen = await read(url, leaving.signal).catch(() => undefined);
      if (seen && !leaving.signal.aborted) setStates(seen);
    };
    void look();
    const timer = setInterval(look, EVERY_MS);
    return () => {
      leaving.abort();
      clearInterval(timer);
    };
  }, [url]);
  return states;
}

/** "online · heartbeat 12 s ago"; undefined when the screen has said nothing yet. */
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
  const told: unknown = await response.json();
  return new Map([told].flat().flatMap((one) => stateOf(one, ahead)));
}

function stateOf(told: unknown, ahead: number): [string, ScreenState][] {
  if (typeof told !== 'object' || told === null || !('camera' in told) || typeof told.camera !== 'string') return [];
  const { camera } = told;
  const status = 'status' in told && typeof told.status === 'string' ? told.status : null;
  const time = 'heartbeat' in told && typeof told.heartbeat === 'string' ? Date.parse(told.heartbeat) : Number.NaN;
  return [[camera, { camera, status, heartbeat: Number.isNaN(time) ? undefined : time + ahead }]];
}
