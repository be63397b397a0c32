// Reads the current view from the URL, and switches views without reloading the page.

import { createChanges } from '../../../../kit/page/shared/changes.ts';

export interface Place {
  /** The camera shown alone; undefined: all cameras. */
  readonly camera: () => string | undefined;
  /** The URL of a camera, or of the grid. */
  href(camera?: string): string;
  /** A URL template from the server, such as "../{camera}/snapshot.jpg". */
  outside(template: string, camera: string): string;
  go(camera: string | undefined): void;
  name(title: string, camera: string | undefined): void;
  /** Returns an unsubscribe function. */
  subscribe(listener: () => void): () => void;
}

export function createPlace(base: URL, firstTitle: string): Place {
  const changes = createChanges();
  const camera = (): string | undefined => {
    const rest = location.pathname.startsWith(base.pathname) ? location.pathname.slice(base.pathname.length) : '';
    return rest === '' ? undefined : decodeURIComponent(rest);
  };
  const href = (id = ''): string => `${base.pathname}${encodeURIComponent(id)}`;
  addEventListener('popstate', changes.notify);
  document.title = firstTitle;
  return {
    camera,
    href,
    outside: (template, id) => new URL(template.replaceAll('{camera}', encodeURIComponent(id)), base).href,
    go(id) {
      if (id === camera()) return;
      history.pushState(null, '', href(id));
      changes.notify();
    },
    name(title, id) {
      document.title = id === undefined ? title : `${id} – ${title}`;
    },
    subscribe: changes.subscribe,
  };
}
