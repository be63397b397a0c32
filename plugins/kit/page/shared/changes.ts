// Connects a page's model with its view: listeners, and a hook that re-renders a component.

import { useEffect, useState } from 'preact/hooks';

export interface Changes {
  /** Returns a function that unsubscribes. */
  subscribe(listener: () => void): () => void;
  notify(): void;
}

export function createChanges(): Changes {
  const listeners = new Set<() => void>();
  return {
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    notify() {
      for (const listener of listeners) listener();
    },
  };
}

/** Re-renders the component after every change. */
export function useChanges(...subscriptions: readonly Changes['subscribe'][]): void {
  const [, again] = useState(0);
  useEffect(() => {
    const stops = subscriptions.map((subscribe) => subscribe(() => again((count) => count + 1)));
    return () => {
      for (const stop of stops) stop();
    };
  }, []);
}
