// The page of one still: fetches and draws the picture, and shows its capture time and age.

import { ageAt, ageText, older, type Taken, takenOf } from './lib/age.ts';
import { pause } from './lib/pace.ts';

/** Timeout of a request. */
const PATIENCE_MS = 30_000;
/** Interval at which the age is updated. */
const TICK_MS = 500;

const { picture = '', every = '', staleAfter = '' } = document.body.dataset;
const element = <T extends HTMLElement>(id: string, kind: new () => T): T => {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`the page has no ${id}`);
  return found;
};
const canvas = element('camera-canvas', HTMLCanvasElement);
const status = element('status', HTMLElement);
const loading = element('loading', HTMLElement);
const timestamp = element('timestamp', HTMLElement);

let etag: string | null = null;
let taken: Taken | undefined;
let failures = 0;
let timer: ReturnType<typeof setTimeout> | undefined;
let busy = false;

const set = (target: HTMLElement, text: string): void => {
  if (target.textContent !== text) target.textContent = text;
};

async function fetchPicture(): Promise<void> {
  const response = await fetch(`${picture}?t=${Date.now()}`, {
    cache: 'no-store',
    headers: etag === null ? {} : { 'If-None-Match': etag },
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  if (response.status !== 200 && response.status !== 304) throw new Error(`the server answered ${response.status}`);
  const found = takenOf(response.headers.get('X-Timestamp'), response.headers.get('Date'), performance.now());
  if (response.status === 200) {
    // Decoding comes first, so that a damaged picture does not replace the previous one. It applies the EXIF orientation.
    const bitmap = await createImageBitmap(await response.blob());
    canvas.width = bitmap.width;
    canvas.height = bitmap.height;
    canvas.getContext('2d')?.drawImage(bitmap, 0, 0);
    bitmap.close();
    canvas.hidden = false;
    loading.hidden = true;
    etag = response.headers.get('ETag');
  }
  if (found) taken = older(taken, found);
}

function show(): void {
  if (!taken) return;
  const age = ageAt(taken, performance.now());
  const stale = age > Number(staleAfter);
  const day = new Date(taken.time);
  const time = day.toLocaleTimeString();
  document.body.classList.toggle('stale', stale);
  const when = stale ? `${day.toLocaleDateString()} ${time}` : time;
  set(timestamp, stale ? `Offline since ${when}, ${ageText(age)} ago` : `Taken at ${when}, ${ageText(age)} ago`);
  const label = `${document.title}: ${stale ? 'offline, last picture of' : 'picture of'} ${when}`;
  if (canvas.getAttribute('aria-label') !== label) canvas.setAttribute('aria-label', label);
  if (failures === 0) set(status, stale ? 'Offline' : 'Live');
}

async function update(): Promise<void> {
  if (busy) return;
  busy = true;
  clearTimeout(timer);
  try {
    await fetchPicture();
    failures = 0;
  } catch {
    failures++;
    set(status, taken ? 'No new picture, trying again' : 'No picture yet, trying again');
  } finally {
    busy = false;
  }
  show();
  timer = setTimeout(update, pause(Number(every), failures, document.hidden));
}

document.addEventListener('visibilitychange', () => {
  if (!document.hidden) void update();
});
setInterval(show, TICK_MS);
void update();
