// Finds the picture at the pointer, one request at a time, so that a fast pointer causes few requests.

import { useEffect, useRef, useState } from 'preact/hooks';
import type { Picture } from './api.ts';

/** Milliseconds between two requests. */
const PACE = 100;

export function usePreview(
  time: number | undefined,
  find: (time: number) => Promise<Picture | undefined>,
): Picture | undefined {
  const [picture, setPicture] = useState<Picture>();
  const wanted = useRef<number | undefined>(undefined);
  const isBusy = useRef(false);
  wanted.current = time;
  useEffect(() => {
    if (time === undefined || isBusy.current) return;
    const look = async (): Promise<void> => {
      isBusy.current = true;
      for (let target = wanted.current; target !== undefined; target = wanted.current) {
        // A failed preview is not shown; the page reports errors for the picture itself.
        setPicture(await find(target).catch(() => undefined));
        await new Promise((resolve) => setTimeout(resolve, PACE));
        if (wanted.current === target) break;
      }
      isBusy.current = false;
    };
    void look();
  }, [time]);
  return time === undefined ? undefined : picture;
}
