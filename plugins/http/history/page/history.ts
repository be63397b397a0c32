// The history page: a camera, a day, and a time line through its pictures. Knows nothing of the server but lib/api.ts.

/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import { type CameraRange, cameras, type Picture, pictures, pictureUrl, thumbnailUrl } from './lib/api.ts';

/** Marks on the time line, and pictures in the strip, at most: one for every five minutes. */
const STRETCHES = 288;
const PLAY_MS = 400;

const element = <T extends HTMLElement>(id: string): T => {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no ${id}`);
  return found as T;
};
const camera = element<HTMLSelectElement>('camera');
const day = element<HTMLInputElement>('day');
const slider = element<HTMLInputElement>('slider');
const image = element<HTMLImageElement>('picture');
const play = element<HTMLButtonElement>('play');
const previous = element<HTMLButtonElement>('previous');
const next = element<HTMLButtonElement>('next');
const strip = element<HTMLOListElement>('strip');

let ranges: readonly CameraRange[] = [];
let samples: readonly Picture[] = [];
let shown: Picture | undefined;
let playing: ReturnType<typeof setInterval> | undefined;

const say = (text: string): void => {
  element('status').textContent = text;
};
const clock = (time: number): string => new Date(time).toLocaleTimeString(undefined, { hour12: false });
const moment = (time: number): string =>
  new Date(time).toLocaleString(undefined, { dateStyle: 'full', timeStyle: 'medium' });
const localDay = (time: number): string => {
  const date = new Date(time);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
};
/** From midnight to midnight where the reader is: 23 to 25 hours. */
const bounds = (): { from: number; to: number } => {
  const [year = 1970, month = 1, date = 1] = day.value.split('-').map(Number);
  return { from: new Date(year, month - 1, date).getTime(), to: new Date(year, month - 1, date + 1).getTime() };
};

function show(picture: Picture): void {
  shown = picture;
  image.src = pictureUrl(picture.id);
  image.alt = `${camera.value}, ${moment(picture.timestamp)}`;
  element<HTMLAnchorElement>('full').href = image.src;
  const time = element<HTMLTimeElement>('time');
  time.dateTime = new Date(picture.timestamp).toISOString();
  time.textContent = moment(picture.timestamp);
  slider.value = String(Math.round((picture.timestamp - bounds().from) / 1000));
  slider.setAttribute('aria-valuetext', clock(picture.timestamp));
  const nearest = samples.findLast(({ timestamp }) => timestamp <= picture.timestamp) ?? samples[0];
  for (const button of strip.querySelectorAll('button')) {
    const isCurrent = button.dataset.id === nearest?.id;
    button.setAttribute('aria-current', String(isCurrent));
    if (isCurrent) button.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }
}

/** The very next or previous picture, not only those of the strip. */
async function step(forward: boolean): Promise<boolean> {
  if (!shown) return false;
  const { from, to } = bounds();
  const order = forward ? 'oldest-first' : 'newest-first';
  const [found] = await pictures(camera.value, { from, to, order, limit: 1, cursor: shown.id });
  if (found) show(found);
  else say(forward ? 'This is the last picture of the day.' : 'This is the first picture of the day.');
  return found !== undefined;
}

function setPlaying(on: boolean): void {
  clearInterval(playing);
  playing = undefined;
  play.setAttribute('aria-pressed', String(on));
  play.textContent = on ? 'Pause' : 'Play';
  if (!on) return;
  playing = setInterval(() => {
    const following = samples.find(({ timestamp }) => timestamp > (shown?.timestamp ?? 0));
    if (following) show(following);
    else setPlaying(false);
  }, PLAY_MS);
}

function drawDay(): void {
  const { from, to } = bounds();
  const marks = Array.from({ length: STRETCHES }, () => document.createElement('span'));
  for (const { timestamp } of samples) {
    marks[Math.floor(((timestamp - from) / (to - from)) * STRETCHES)]?.classList.add('some');
  }
  element('bars').replaceChildren(...marks);
  slider.max = String(Math.floor((to - from) / 1000));
  strip.replaceChildren(
    ...samples.map((picture) => {
      const small = document.createElement('img');
      small.loading = 'lazy';
      small.alt = '';
      small.src = thumbnailUrl(picture.id);
      const button = document.createElement('button');
      button.type = 'button';
      button.dataset.id = picture.id;
      button.append(small, clock(picture.timestamp));
      button.addEventListener('click', () => show(picture));
      const item = document.createElement('li');
      item.append(button);
      return item;
    }),
  );
}

async function loadDay(): Promise<void> {
  setPlaying(false);
  if (!camera.value || !day.value) return;
  const { from, to } = bounds();
  const every = `${Math.ceil((to - from) / STRETCHES)}ms`;
  samples = await pictures(camera.value, { from, to, every, order: 'oldest-first', limit: STRETCHES });
  const isEmpty = samples.length === 0;
  element('figure').hidden = isEmpty;
  element('timeline').hidden = isEmpty;
  say(isEmpty ? `Of ${camera.value} nothing is kept from this day.` : '');
  drawDay();
  const [newest] = isEmpty ? [] : await pictures(camera.value, { from, to, limit: 1 });
  const wanted = newest ?? samples.at(-1);
  if (wanted) show(wanted);
}

/** Shows what went wrong instead of leaving the page as if nothing had happened. */
const guarded = (work: () => Promise<unknown>) => (): void => {
  work().catch((cause: unknown) =>
    say(`The history cannot be read now. ${cause instanceof Error ? cause.message : ''}`),
  );
};

function chooseNewestDay(): void {
  const range = ranges.find((each) => each.camera === camera.value);
  if (!range) return;
  day.min = localDay(range.oldest.timestamp);
  day.max = localDay(range.newest.timestamp);
  day.value = day.max;
}

camera.addEventListener('change', () => {
  chooseNewestDay();
  guarded(loadDay)();
});
day.addEventListener('change', guarded(loadDay));
slider.addEventListener('input', () => {
  const time = bounds().from + Number(slider.value) * 1000;
  // The nearest sample; the arrow keys of the slider thus leap over gaps.
  const nearest = samples.reduce<Picture | undefined>(
    (best, each) => (!best || Math.abs(each.timestamp - time) < Math.abs(best.timestamp - time) ? each : best),
    undefined,
  );
  const at = nearest ? samples.indexOf(nearest) : -1;
  const isStuck = nearest !== undefined && nearest.id === shown?.id;
  const beyond = samples[at + (time > (shown?.timestamp ?? 0) ? 1 : -1)];
  const small = Math.abs(time - (shown?.timestamp ?? 0)) <= 2000;
  const wanted = isStuck && small ? (beyond ?? nearest) : nearest;
  if (wanted) show(wanted);
});
previous.addEventListener(
  'click',
  guarded(() => step(false)),
);
next.addEventListener(
  'click',
  guarded(() => step(true)),
);
play.addEventListener('click', () => setPlaying(playing === undefined));
element('choice').addEventListener('submit', (event) => event.preventDefault());

guarded(async () => {
  ranges = await cameras();
  camera.replaceChildren(...ranges.map((range) => new Option(range.camera, range.camera)));
  if (ranges.length === 0) return say('Nothing is kept yet.');
  chooseNewestDay();
  await loadDay();
})();
