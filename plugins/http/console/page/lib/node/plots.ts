// Small plots of a node's counters over the last hour.

import { html } from 'htm/preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { locale } from '../../../../../kit/page/shared/language.ts';
import type { CounterSeries, Counters } from '../../../api.ts';
import type { Console } from '../start.ts';
import { sizeText } from '../states.ts';
import { number, say, type Word } from '../words.ts';

/** Milliseconds between two requests. */
const EVERY_MS = 10_000;
const HEIGHT = 120;
/** Most plots; more would not be readable. */
const MOST_PLOTS = 8;

export function Plots({ path, site }: { readonly path: string; readonly site: Console }) {
  const [counters, setCounters] = useState<Counters>();
  useEffect(() => {
    const load = (): void => {
      if (!document.hidden)
        void site.attempt(async () => setCounters(await site.api.get<Counters>(`${path}/counters`)));
    };
    load();
    const timer = setInterval(load, EVERY_MS);
    return () => clearInterval(timer);
  }, [path]);
  const visible = counters?.series.filter(({ values }) => values.some((value) => value !== null && value !== 0)) ?? [];
  if (!counters || visible.length === 0) return null;
  return html`<section class="panel wide-panel" aria-labelledby="plots">
    <h2 id="plots">${say('node.hour')}</h2>
    <div class="plots">
      ${visible.slice(0, MOST_PLOTS).map((series) => html`<${Plot} key=${series.name} series=${series} counters=${counters} />`)}
    </div>
  </section>`;
}

const TITLES: Readonly<Record<string, Word>> = {
  rate: 'rate.title',
  framesIn: 'frames.in',
  framesOut: 'frames.out',
  bytesOut: 'bytes.out',
  skipped: 'skipped.title',
  refused: 'refused',
  restarts: 'restarts',
};

function titleOf({ name, is }: CounterSeries): string {
  const word = TITLES[name];
  const title = word ? say(word) : name.replaceAll('_', ' ');
  return is === 'counter' ? say('per-second', { title }) : title;
}

function Plot({ series, counters }: { readonly series: CounterSeries; readonly counters: Counters }) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  const { from, step } = counters;
  const data: uPlot.AlignedData = [
    series.values.map((_value, index) => (from + index * step) / 1000),
    [...series.values],
  ];
  useLayoutEffect(() => {
    const { current } = box;
    if (!current) return undefined;
    const drawn = new uPlot(plotOptions(current, series), data, current);
    plot.current = drawn;
    const resized = new ResizeObserver(() => drawn.setSize({ width: current.clientWidth, height: HEIGHT }));
    resized.observe(current);
    // Each drawing reads the colours from the page.
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    const redraw = (): void => drawn.redraw();
    scheme.addEventListener('change', redraw);
    return () => {
      resized.disconnect();
      scheme.removeEventListener('change', redraw);
      drawn.destroy();
    };
  }, []);
  useEffect(() => plot.current?.setData(data), [counters]);
  const known = series.values.filter((value) => value !== null);
  const title = titleOf(series);
  const text = say('node.plot', {
    now: valueText(series, known.at(-1) ?? 0),
    least: valueText(series, Math.min(...known)),
    most: valueText(series, Math.max(...known)),
  });
  return html`<figure class="plot">
    <figcaption><span>${title}</span> <span class="hint">${text}</span></figcaption>
    <div ref=${box} aria-hidden="true"></div>
  </figure>`;
}

const color = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

const valueText = ({ name }: CounterSeries, value: number): string =>
  /bytes/i.test(name) ? sizeText(value) : number(value, 2);

function plotOptions(box: HTMLElement, series: CounterSeries): uPlot.Options {
  const axis = {
    stroke: () => color('--quiet'),
    grid: { stroke: () => color('--line'), width: 1 },
    ticks: { show: false },
  };
  const clock = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' });
  const exact = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
  return {
    width: box.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    scales: { y: { range: (_plot, least, most) => [Math.min(0, least), most > 0 ? most * 1.1 : 1] } },
    axes: [
      {
        ...axis,
        grid: { show: false },
        values: (_plot, at, _axis, _space, step) =>
          at.map((second) => (step < 60 ? exact : clock).format(second * 1000)),
        space: 70,
        size: 26,
      },
      { ...axis, size: 60, space: 32, values: (_plot, at) => at.map((value) => valueText(series, value)) },
    ],
    series: [{}, { stroke: () => color('--mark'), width: 1.5, points: { show: false }, spanGaps: false }],
  };
}
