// The panel of a selected range: its size and actions.

import { html } from 'htm/preact';
import { useEffect, useState } from 'preact/hooks';
import { addFilm, deleteRange, getSize, type RangeSize, zipUrl } from './api.ts';
import { clockText, dayOf } from './day.ts';
import { Films } from './films.ts';
import type { Model } from './model.ts';
import { count, words } from './words.ts';

/** Milliseconds without a change of the ends before the page requests the size. */
const CALM = 200;

/** "2026-11-20T14:03:05", as in a field for date and time. */
const fieldText = (time: number): string => `${dayOf(time)}T${clockText(time)}`;

export function RangePanel({ model }: { readonly model: Model }) {
  const { camera, selection, shown, can } = model.state();
  const [size, setSize] = useState<RangeSize>();
  const [isSure, setSure] = useState(false);
  const [filmRequests, setFilmRequests] = useState(0);
  const { from, to } = selection ?? { from: 0, to: 0 };

  useEffect(() => {
    setSize(undefined);
    setSure(false);
    if (!(from < to)) return undefined;
    let isCurrent = true;
    const timer = setTimeout(() => {
      getSize(camera, { from, to }).then((found) => isCurrent && setSize(found), model.complain);
    }, CALM);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [camera, from, to]);

  const end = (name: 'from' | 'to', label: string, here: string) => {
    const set = (time: number): void => model.select({ from, to, [name]: time });
    const onChange = ({ currentTarget }: { currentTarget: HTMLInputElement }): void => {
      const time = new Date(currentTarget.value).getTime();
      if (!Number.isNaN(time)) set(time);
    };
    // The end is exclusive, but the range must include the current picture.
    const take = (): void => void (shown && set(name === 'from' ? shown.timestamp : shown.timestamp + 1));
    return html`<label>${label} <input id="range-${name}" type="datetime-local" step="1" value=${fieldText(name === 'from' ? from : to)} onChange=${onChange} /></label>
      <button type="button" disabled=${!shown} onClick=${take}>${here}</button>`;
  };
  const isUsable = size !== undefined && size.pictures > 0 && size.pictures <= size.most;
  const film = (): Promise<void> =>
    addFilm({ camera, from, to }).then(() => setFilmRequests(filmRequests + 1), model.complain);
  const remove = async (): Promise<void> => {
    try {
      const deleted = await deleteRange(camera, { from, to });
      model.deselect();
      await model.reopen();
      // Comes last, because showing a picture clears the message.
      model.say(words.deleted(count(deleted)));
    } catch (cause) {
      model.complain(cause);
    }
  };
  const sizeText = (): string => {
    if (!size) return '…';
    if (size.pictures > size.most) return words.tooMany(count(size.most));
    return words.size(count(size.pictures), count(Math.round(size.bytes / 100_000) / 10));
  };

  return html`<section id="range" class="range" aria-label=${words.selection}>
    <div class="ends">${end('from', words.from, words.startHere)} ${end('to', words.to, words.endHere)}</div>
    <div class="deeds">
      <span id="range-size" aria-live="polite">${sizeText()}</span>
      ${isUsable && html`<a id="zip" class="button" href=${zipUrl(camera, { from, to })} download>${words.zip}</a>`}
      ${can.films && html`<button id="make-film" type="button" disabled=${!size?.pictures} onClick=${film}>${words.makeFilm}</button>`}
      ${
        can.delete &&
        (isSure
          ? html`<button id="really-delete" type="button" class="danger" onClick=${remove}>${words.reallyDelete(count(size?.pictures ?? 0))}</button>`
          : html`<button id="delete" type="button" disabled=${!isUsable} onClick=${() => setSure(true)}>${words.deleteAll}</button>`)
      }
    </div>
    ${can.films && html`<${Films} model=${model} requests=${filmRequests} />`}
  </section>`;
}
