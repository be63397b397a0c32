// The time line: pictures per bar of the day or a part of it, and a slider for the position (WAI-ARIA slider pattern).

import { html } from 'htm/preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { thumbnailUrl } from './api.ts';
import { clockText, dayText } from './day.ts';
import type { Model } from './model.ts';
import { usePreview } from './preview.ts';
import { barOf, type Label, labels } from './view.ts';
import { words } from './words.ts';

const MINUTES = 600_000;
const HOUR = 3_600_000;
/** The least height of a bar, at which a single picture is visible. */
const LEAST = 0.22;
/** Zoom factor of a key and a button; wheel distance for a factor of e. */
const ZOOM = 2;
const WHEEL = 400;

export function TimeLine({ model }: { readonly model: Model }) {
  const { bounds: whole, view: bounds, counts, day, shown, selection } = model.state();
  const line = useRef<HTMLDivElement>(null);
  /** The time at the dragged pointer, which the picture follows. */
  const [dragged, setDragged] = useState<number>();
  const [hovered, setHovered] = useState<number>();
  const preview = usePreview(dragged === undefined ? hovered : undefined, model.nearest);
  const length = bounds.to - bounds.from;
  const isWhole = length === whole.to - whole.from;
  const time = dragged ?? shown?.timestamp;
  const at = (moment: number): number => Math.min(1, Math.max(0, (moment - bounds.from) / length));
  const inDay = time !== undefined && time >= bounds.from && time < bounds.to;

  const timeOf = ({ clientX }: PointerEvent): number => {
    const { left, width } = line.current?.getBoundingClientRect() ?? { left: 0, width: 1 };
    return bounds.from + Math.min(1, Math.max(0, (clientX - left) / width)) * (length - 1);
  };
  useEffect(() => {
    const element = line.current;
    if (!element) return undefined;
    const onWheel = (event: WheelEvent): void => {
      event.preventDefault();
      const { left, width } = element.getBoundingClientRect();
      const { view } = model.state();
      const share = Math.min(1, Math.max(0, (event.clientX - left) / width));
      model.zoomLine(Math.exp(-event.deltaY / WHEEL), view.from + share * (view.to - view.from));
    };
    // Preact's own listener would be passive.
    element.addEventListener('wheel', onWheel, { passive: false });
    return () => element.removeEventListener('wheel', onWheel);
  }, []);
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
    const moves: Readonly<Record<string, () => unknown>> = {
      '+': () => model.zoomLine(ZOOM),
      '-': () => model.zoomLine(1 / ZOOM),
      '0': model.wholeDay,
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
    event.stopPropagation();
    move();
  };

  return html`<div class="time-line">
    <div
      id="slider"
      class="track"
      ref=${line}
      role="slider"
      tabindex="0"
      aria-label=${words.timeOfDay}
      aria-valuemin="0"
      aria-valuemax=${Math.round(length / 1000)}
      aria-valuenow=${inDay ? Math.round((time - bounds.from) / 1000) : 0}
      aria-valuetext=${inDay ? `${clockText(time)}, ${dayText(time)}` : words.none}
      onPointerDown=${onDown}
      onPointerMove=${onMove}
      onPointerUp=${onUp}
      onPointerCancel=${onUp}
      onPointerLeave=${() => setHovered(undefined)}
      onKeyDown=${onKey}
    >
      <svg viewBox="0 0 ${length} 1" preserveAspectRatio="none" aria-hidden="true">
        <path class="hours" d=${hours(labels(bounds, day, whole), length)} />
        <path class="kept" d=${bars(counts, barOf(bounds))} />
      </svg>
      ${
        selection &&
        html`<span class="selected" style=${{ left: `${at(selection.from) * 100}%`, right: `${(1 - at(selection.to)) * 100}%` }}></span>`
      }
      ${inDay && html`<span class="position" style=${{ left: `${at(time) * 100}%` }}></span>`}
      ${
        hovered !== undefined &&
        html`<span class="hover" style=${{ left: `${at(hovered) * 100}%` }} aria-hidden="true">
          ${preview && html`<img src=${thumbnailUrl(preview.id)} alt="" />`}
          ${clockText(preview?.timestamp ?? hovered).slice(0, isWhole && !preview ? 5 : 8)}
        </span>`
      }
    </div>
    <div class="ticks" aria-hidden="true">
      ${labels(bounds, day, whole).map(
        (tick) => html`<span data-hour=${tick.hour} style=${{ left: `${tick.at * 100}%` }}>${tick.text}</span>`,
      )}
    </div>
    <div class="zoom" role="group" aria-label=${words.timeOfDay}>
      <button id="zoom-out" type="button" aria-label=${words.zoomOut} title="${words.zoomOut} (−)" disabled=${isWhole} onClick=${() => model.zoomLine(1 / ZOOM)}>−</button>
      <button id="zoom-in" type="button" aria-label=${words.zoomIn} title="${words.zoomIn} (+)" onClick=${() => model.zoomLine(ZOOM)}>+</button>
      ${!isWhole && html`<button id="whole-day" type="button" onClick=${model.wholeDay}>${words.wholeDay}</button>`}
    </div>
  </div>`;
}

/** One bar per interval; its height is relative to the highest count. */
function bars(counts: readonly number[], interval: number): string {
  const most = Math.max(1, ...counts);
  return counts
    .map((count, index) => {
      if (count === 0) return '';
      const height = LEAST + (1 - LEAST) * (count / most) * 0.86;
      return `M${(index + 0.1) * interval} 1v${-height.toFixed(3)}h${0.8 * interval}V1z`;
    })
    .join('');
}

const hours = (marks: readonly Label[], length: number): string =>
  marks
    .filter(({ at }) => at > 0 && at < 1)
    .map(({ at }) => `M${Math.round(at * length)} 0V1`)
    .join('');
