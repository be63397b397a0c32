// The calendar: a month whose days with pictures can be selected by pointer and by arrow keys.

import { html } from 'htm/preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { getDays } from './api.ts';
import { boundsOf, dayOf, dayText } from './day.ts';
import type { Model } from './model.ts';
import { dates, words } from './words.ts';

interface CalendarProps {
  readonly model: Model;
  close(): void;
}

const two = (value: number): string => String(value).padStart(2, '0');

/** "2026-11" moved by `by` months. Pure. */
export function shiftMonth(month: string, by: number): string {
  const [year = 1970, number = 1] = month.split('-').map(Number);
  const at = new Date(year, number - 1 + by, 1);
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}`;
}

/** Rows of seven days from Monday on; days of other months are undefined. Pure. */
export function weeksOf(month: string): readonly (readonly (string | undefined)[])[] {
  const [year = 1970, number = 1] = month.split('-').map(Number);
  const length = new Date(year, number, 0).getDate();
  const before = (new Date(year, number - 1, 1).getDay() + 6) % 7;
  const cells = [
    ...Array.from({ length: before }, () => undefined),
    ...Array.from({ length }, (_, index) => `${month}-${two(index + 1)}`),
  ];
  return Array.from({ length: Math.ceil(cells.length / 7) }, (_, week) =>
    Array.from({ length: 7 }, (_, day) => cells[week * 7 + day]),
  );
}

export function Calendar({ model, close }: CalendarProps) {
  const { day, camera } = model.state();
  const [month, setMonth] = useState(day.slice(0, 7));
  const [days, setDays] = useState<ReadonlySet<string>>(new Set());
  const table = useRef<HTMLTableElement>(null);
  const range = model.range();

  useEffect(() => {
    let isCurrent = true;
    const { from } = boundsOf(`${month}-01`);
    const { from: to } = boundsOf(`${shiftMonth(month, 1)}-01`);
    getDays(camera, { from, to, zone: Intl.DateTimeFormat().resolvedOptions().timeZone }).then(
      (found) => isCurrent && setDays(new Set(found)),
      (cause) => isCurrent && model.complain(cause),
    );
    return () => {
      isCurrent = false;
    };
  }, [month, camera]);
  useEffect(() => {
    const buttons = table.current;
    (
      buttons?.querySelector<HTMLElement>('[aria-current]') ?? buttons?.querySelector<HTMLElement>('button:enabled')
    )?.focus();
  }, [days]);

  const open = (date: string): void => {
    model.openDay(date);
    close();
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') close();
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 }[event.key];
    const at = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.day : undefined;
    if (by === undefined || at === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const all = [...(table.current?.querySelectorAll<HTMLButtonElement>('button:enabled') ?? [])];
    const target = dayOf(boundsOf(at).from + by * 86_400_000 + 43_200_000);
    const next =
      by > 0
        ? all.find(({ dataset }) => (dataset.day ?? '') >= target)
        : all.findLast(({ dataset }) => (dataset.day ?? '') <= target);
    next?.focus();
  };
  const title = new Date(boundsOf(`${month}-01`).from).toLocaleDateString(dates, { month: 'long', year: 'numeric' });
  const weekdays = Array.from({ length: 7 }, (_, index) => new Date(2024, 0, 1 + index));
  const isFirst = !range || month <= dayOf(range.oldest.timestamp).slice(0, 7);
  const isLast = !range || month >= dayOf(range.newest.timestamp).slice(0, 7);

  return html`<section id="calendar" class="calendar" role="dialog" aria-label=${words.calendar} onKeyDown=${onKey}>
    <div class="month">
      <button type="button" aria-label=${words.previousMonth} disabled=${isFirst} onClick=${() => setMonth(shiftMonth(month, -1))}>←</button>
      <b aria-live="polite">${title}</b>
      <button type="button" aria-label=${words.nextMonth} disabled=${isLast} onClick=${() => setMonth(shiftMonth(month, 1))}>→</button>
    </div>
    <table ref=${table}>
      <thead>
        <tr>
          ${weekdays.map((date) => html`<th scope="col" abbr=${date.toLocaleDateString(dates, { weekday: 'long' })}>${date.toLocaleDateString(dates, { weekday: 'short' }).slice(0, 2)}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${weeksOf(month).map(
          (week) =>
            html`<tr>
              ${week.map(
                (one) =>
                  html`<td>
                    ${
                      one &&
                      html`<button
                        type="button"
                        data-day=${one}
                        aria-label=${days.has(one) ? dayText(boundsOf(one).from) : `${dayText(boundsOf(one).from)}, ${words.noPictures}`}
                        aria-current=${one === day ? 'date' : undefined}
                        disabled=${!days.has(one)}
                        onClick=${() => open(one)}
                      >
                        ${Number(one.slice(8))}
                      </button>`
                    }
                  </td>`,
              )}
            </tr>`,
        )}
      </tbody>
    </table>
  </section>`;
}
