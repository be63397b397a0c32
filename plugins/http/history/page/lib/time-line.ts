// The day's time line: pictures per hour, and a slider for the position (WAI-ARIA slider pattern).

import { html } from 'htm/preact';
import { useRef, useState } from 'preact/hooks';
import { clockText, dayText, ticks } from './day.ts';
import { STRETCH } from './find.ts';
import type { Model } from './model.ts';

const MINUTES = 600_000;
const HOUR = 3_600_000;
/** The least height of a bar, so that a single picture is visible. */
const LEAST = 0.22;

export function TimeLine({ model }: { readonly model: Model }) {
  const { bounds, counts, day, shown } = model.state();
  const line = useRef<HTMLDivElement>(null);
  /** The pointer position; the picture follows it. */
  const [dragged, setDragged] = useState<number>();
  const [hovered, setHovered] = useState<number>();
  const length = bounds.to - bounds.from;
  const time = dragged ?? shown?.timestamp;
  const at = (moment: number): number => Math.min(1, Math.max(0, (moment - bounds.from) / length));
  const inDay = time !== undefined && time >= bounds.from && time < bounds.to;

  const timeOf = ({ clientX }: PointerEvent): number => {
    const { left, width } = line.current?.getBoundingClientRect() ?? { left: 0, width: 1 };
    return bounds.from + Math.min(1, Math.max(0, (clientX - left) / width)) * (length - 1);
  };
  const onDown = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    line.current?.setPointerCapture(event.pointerId);
    setDragged(timeOf(event));
    void model.seek(timeOf(event));
  };
  const onMove = (event: PointerEvent): void => {
    setHovered(event.pointerType === 'touch' ? undefined : timeOf(event));
    if (dragged === undefined) return;
    setDragged(timeOf(event));
    void model.seek(timeOf(event));
  };
  const onUp = (): void => setDragged(undefined);
  const onKey = (event: KeyboardEvent): void => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const far = event.shiftKey ? HOUR : MINUTES;
    const moves: Readonly<Record<string, () => Promise<void>>> = {
      ArrowLeft: () => model.step(false),
      ArrowDown: () => model.step(false),
      ArrowRight: () => model.step(true),
      ArrowUp: () => model.step(true),
      PageDown: () => model.leap(-far),
      PageUp: () => model.leap(far),
      Home: () => model.end(false),
      End: () => model.end(true),
    };
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    void move();
  };

  return html`<div class="time-line">
    <div
      id="slider"
      class="track"
      ref=${line}
      role="slider"
      tabindex="0"
      aria-label="Time of day"
      aria-valuemin="0"
      aria-valuemax=${Math.round(length / 1000)}
      aria-valuenow=${inDay ? Math.round((time - bounds.from) / 1000) : 0}
      aria-valuetext=${inDay ? `${clockText(time)}, ${dayText(time)}` : 'no picture'}
      onPointerDown=${onDown}
      onPointerMove=${onMove}
      onPointerUp=${onUp}
      onPointerCancel=${onUp}
      onPointerLeave=${() => setHovered(undefined)}
      onKeyDown=${onKey}
    >
      <svg viewBox="0 0 ${length} 1" preserveAspectRatio="none" aria-hidden="true">
        <path class="hours" d=${hours(day, length)} />
        <path class="kept" d=${bars(counts)} />
      </svg>
      ${inDay && html`<span class="position" style=${{ left: `${at(time) * 100}%` }}></span>`}
      ${
        hovered !== undefined &&
        html`<span class="hover" style=${{ left: `${at(hovered) * 100}%` }} aria-hidden="true">${clockText(hovered).slice(0, 5)}</span>`
      }
    </div>
    <div class="ticks" aria-hidden="true">
      ${ticks(day)
        .filter(({ hour }) => hour % 2 === 0)
        .map((tick) => html`<span data-hour=${tick.hour} style=${{ left: `${tick.at * 100}%` }}>${tick.hour}</span>`)}
    </div>
  </div>`;
}

/** One bar per interval, its height relative to the busiest interval of the day. */
function bars(counts: readonly number[]): string {
  const most = Math.max(1, ...counts);
  return counts
    .map((count, index) => {
      if (count === 0) return '';
      const height = LEAST + (1 - LEAST) * (count / most) * 0.86;
      return `M${(index + 0.1) * STRETCH} 1v${-height.toFixed(3)}h${0.8 * STRETCH}V1z`;
    })
    .join('');
}

const hours = (day: string, length: number): string =>
  ticks(day)
    .filter(({ at }) => at > 0 && at < 1)
    .map(({ at }) => `M${Math.round(at * length)} 0V1`)
    .join('');
