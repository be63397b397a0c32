// Requests the cameras on the screen, and none while the page is hidden.

import type { ViewerRequest } from '../../wire.ts';

export interface Watching {
  /** Reports whether this element, which shows the camera, is visible. Returns a stop function. */
  observe(n: number, element: Element): () => void;
  /** Sends the list again to the server. */
  again(): void;
}

/** Pictures just outside the screen are loaded before the user scrolls to them. */
const MARGIN = '120px';

/** Pixels to which widths are rounded up, so that resizing a window causes few requests. */
const GRAIN = 32;

/** True if the browser is set to save data (the Save-Data client hint). */
const savesData = (): boolean =>
  'connection' in navigator && Reflect.get(Object(navigator.connection), 'saveData') === true;

export function createWatching({ send }: { send(request: ViewerRequest): void }): Watching {
  const visible = new Map<Element, number>();
  const observed = new Map<Element, number>();
  let lastRequest = '';
  let pending = false;

  const update = (): void => {
    pending = false;
    const widths = new Map<number, number>();
    for (const [element, n] of document.hidden ? [] : visible) {
      const width = Math.ceil((element.clientWidth * devicePixelRatio) / GRAIN) * GRAIN;
      widths.set(n, Math.max(width, widths.get(n) ?? 0));
    }
    const watch = [...widths.keys()].sort((a, b) => a - b);
    const request = { watch, widths: watch.map((n) => widths.get(n) ?? 0), save: savesData() };
    const text = JSON.stringify(request);
    if (text === lastRequest) return;
    lastRequest = text;
    send(request);
  };
  const soon = (): void => {
    if (pending) return;
    pending = true;
    queueMicrotask(update);
  };
  const observer = new IntersectionObserver(
    (changes) => {
      for (const { target, isIntersecting } of changes) {
        const n = observed.get(target);
        if (isIntersecting && n !== undefined) visible.set(target, n);
        else visible.delete(target);
      }
      soon();
    },
    { rootMargin: MARGIN },
  );
  const sizes = new ResizeObserver(soon);
  document.addEventListener('visibilitychange', soon);

  return {
    observe(n, element) {
      observed.set(element, n);
      observer.observe(element);
      sizes.observe(element);
      return () => {
        observer.unobserve(element);
        sizes.unobserve(element);
        observed.delete(element);
        visible.delete(element);
        soon();
      };
    },
    again() {
      lastRequest = '?';
      soon();
    },
  };
}
