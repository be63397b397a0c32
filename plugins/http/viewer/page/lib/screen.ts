// Connects an element with the pictures of one camera while the element is visible.

import { useEffect, useRef, useState } from 'preact/hooks';
import type { Pictures } from './pictures.ts';
import type { Watching } from './watching.ts';

/** Returns the ref for the canvas that shows camera `n`. */
export function useScreen(n: number, pictures: Pictures, watching: Watching) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const element = canvas.current;
    if (!element) return undefined;
    const detach = pictures.attach(n, element);
    const unobserve = watching.observe(n, element);
    return () => {
      unobserve();
      detach();
    };
  }, [n]);
  return canvas;
}

/** Renders the component again every second while the page is visible, to update ages. */
export function useSeconds(): void {
  const [, again] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => !document.hidden && again((count) => count + 1), 1000);
    return () => clearInterval(timer);
  }, []);
}
