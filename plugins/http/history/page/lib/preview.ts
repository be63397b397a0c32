// The picture at the pointer: looked for one at a time, so that a pointer that sweeps over the line asks for few.

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
      for (let asked = wanted.current; asked !== undefined; asked = wanted.current) {
        // What cannot be found is not shown; the picture itself says what is wrong.
        setPicture(await find(asked).catch(() => undefined));
        await new Promise((resolve) => setTimeout(resolve, PACE));
        if (wanted.current === asked) break;
      }
      isBusy.current = false;
    };
    void look();
  }, [time]);
  return time === undefined ? undefined : picture;
}
