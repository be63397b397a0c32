// The button that requests a new picture from a camera; the picture arrives like every other.

import { html } from 'htm/preact';
import { useEffect, useState } from 'preact/hooks';

import { words } from './words.ts';

/** Milliseconds for which an outcome is shown. */
const SHOWN_MS = 4000;

export function CaptureButton({ url }: { readonly url: string }) {
  const [state, setState] = useState<keyof typeof words.capture>('ready');
  useEffect(() => {
    if (state !== 'asked' && state !== 'refused') return undefined;
    const timer = setTimeout(() => setState('ready'), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [state]);
  const ask = async (): Promise<void> => {
    setState('asking');
    const answer = await fetch(url, { method: 'POST' }).catch(() => undefined);
    setState(answer?.ok ? 'asked' : 'refused');
  };
  return html`<button type="button" disabled=${state === 'asking'} onClick=${ask} aria-live="polite">${words.capture[state]}</button>`;
}
