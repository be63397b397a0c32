// Saves the shown picture as a file named after camera and time.

import { fileName, saveBlob } from '../../../../kit/page/shared/save.ts';
import type { Pictures } from './pictures.ts';

/** If the shown picture is reduced, it fetches the full picture from `snapshot`. */
export async function download(
  pictures: Pictures,
  n: number,
  name: string,
  snapshot: string | undefined,
): Promise<void> {
  const shown = pictures.shown(n);
  const picture = pictures.picture(n);
  if (!shown || !picture) return;
  const whole = shown.reduced > 0 && snapshot !== undefined ? await fetchPicture(snapshot) : undefined;
  const { blob, time } = whole ?? { blob: picture, time: shown.time };
  saveBlob(blob, fileName(name, time, blob.type));
}

async function fetchPicture(url: string): Promise<{ blob: Blob; time: number } | undefined> {
  const answer = await fetch(url, { cache: 'no-store' }).catch(() => undefined);
  if (!answer?.ok) return undefined;
  return { blob: await answer.blob(), time: Date.parse(answer.headers.get('last-modified') ?? '') || Date.now() };
}
