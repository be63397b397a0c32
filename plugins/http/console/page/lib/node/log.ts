// The newest log lines of a node, with live updates.

import { html } from 'htm/preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { LogLine } from '../../../api.ts';
import { say, time } from '../words.ts';

const MOST_LINES = 200;

export const keepLines = (lines: readonly LogLine[]): readonly LogLine[] => lines.slice(-MOST_LINES);

export function Log({ lines }: { readonly lines: readonly LogLine[] }) {
  const box = useRef<HTMLDivElement>(null);
  /** True while the log is scrolled to its end, where new lines stay visible. */
  const follow = useRef(true);
  const onScroll = (): void => {
    const { current } = box;
    if (current) follow.current = current.scrollHeight - current.scrollTop - current.clientHeight < 24;
  };
  useLayoutEffect(() => {
    if (follow.current && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [lines]);
  return html`<section class="panel wide-panel" aria-labelledby="log">
    <h2 id="log">${say('node.log')}</h2>
    ${
      lines.length === 0
        ? html`<p class="hint">${say('node.no-log')}</p>`
        : html`<div class="log" ref=${box} onScroll=${onScroll} tabindex="0" role="log" aria-live="off" aria-labelledby="log" lang="en">
            ${lines.map((line, index) => html`<${Line} key=${`${line.time} ${index}`} line=${line} />`)}
          </div>`
    }
  </section>`;
}

function Line({ line }: { readonly line: LogLine }) {
  const { level, message, fields } = line;
  const more = Object.entries(fields).map(
    ([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return html`<div class="log-line" data-level=${level}>
    <time datetime=${new Date(line.time).toISOString()}>${time(line.time)}</time>
    <span class="level">${level}</span>
    <span>${message} <span class="hint">${more.join(' ')}</span></span>
  </div>`;
}
