// The list of films, with progress and player.

import { html } from 'htm/preact';
import { useEffect, useState } from 'preact/hooks';
import { deleteFilm, type Film, filmUrl, getFilms } from './api.ts';
import { clockText, dayText } from './day.ts';
import type { Model } from './model.ts';
import { words } from './words.ts';

/** Milliseconds between two requests while a film is being made. */
const EVERY = 1000;

/** `requests` changes when the user requests another film. */
export function Films({ model, requests }: { readonly model: Model; readonly requests: number }) {
  const [films, setFilms] = useState<readonly Film[]>([]);
  const [watched, setWatched] = useState<string>();
  const isBusy = films.some(({ is }) => is === 'waiting' || is === 'running');

  const look = (): Promise<void> => getFilms().then(setFilms, model.complain);
  useEffect(() => void look(), [requests]);
  useEffect(() => {
    if (!isBusy) return undefined;
    const timer = setInterval(() => !document.hidden && void look(), EVERY);
    return () => clearInterval(timer);
  }, [isBusy]);

  const remove = (id: string): Promise<void> => deleteFilm(id).then(look, model.complain);
  const nameOf = (camera: string): string =>
    model.state().cameras.find((entry) => entry.camera === camera)?.name ?? camera;
  const stateOf = ({ is, pictures, skipped, total, why = '' }: Film) => {
    if (is === 'done') return '';
    if (is === 'failed') return words.failed(why);
    if (is === 'waiting') return words.waiting;
    const done = Math.min(100, Math.floor((100 * (pictures + skipped)) / Math.max(1, total)));
    return html`<progress max="100" value=${done} aria-label=${words.films}></progress> ${words.percent(done)}`;
  };
  if (films.length === 0) return null;
  return html`<ul id="films" class="films" aria-label=${words.films}>
    ${films.map(
      (film) =>
        html`<li key=${film.id} data-is=${film.is}>
          <span>${nameOf(film.camera)}, ${dayText(film.from)}, ${clockText(film.from)} – ${clockText(film.to)}</span>
          <span>${stateOf(film)}</span>
          ${
            film.is === 'done' &&
            html`<button type="button" onClick=${() => setWatched(film.id)}>${words.watch}</button>
              <a class="button" href=${filmUrl(film.id)} download="${nameOf(film.camera)}.mp4">${words.download}</a>`
          }
          <button type="button" aria-label=${words.deleteFilm} onClick=${() => remove(film.id)}>✕</button>
          ${film.id === watched && html`<video id="film" controls autoplay muted src=${filmUrl(film.id)}></video>`}
        </li>`,
    )}
  </ul>`;
}
