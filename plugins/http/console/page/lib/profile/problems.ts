// The errors of the texts, as a list beside the editor and as marks in it.

import { html } from 'htm/preact';
import type { Checked, ProfileTexts } from '../../../api.ts';
import { count, say } from '../words.ts';
import type { Mark } from './editor.ts';

interface Found {
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly place:
    | { readonly file: string; readonly line: number; readonly column: number; readonly length?: number }
    | undefined;
}

const found = (checked: Checked | undefined): Found[] => [
  ...(checked?.fenced ?? []).map(({ message, place }): Found => ({ severity: 'error', message, place })),
  ...(checked?.problems ?? []),
];

/** Lines and columns count from 1. */
export function offsetOf(text: string, line: number, column: number): number {
  let start = 0;
  for (let at = 1; at < line; at++) {
    const end = text.indexOf('\n', start);
    if (end < 0) return text.length;
    start = end + 1;
  }
  const end = text.indexOf('\n', start);
  return Math.min(start + column - 1, end < 0 ? text.length : end);
}

export const marksOf = (checked: Checked | undefined, path: string, text: string): Mark[] =>
  found(checked).flatMap(({ severity, message, place }) => {
    if (place?.file !== path) return [];
    const from = offsetOf(text, place.line, place.column);
    return [{ from, to: from + Math.max(1, place.length ?? 1), severity, message }];
  });

interface ProblemsProps {
  readonly checked: Checked | undefined;
  readonly texts: ProfileTexts;
  readonly onGo: (path: string, line: number) => void;
}

export function Problems({ checked, texts, onGo }: ProblemsProps) {
  const all = found(checked);
  const errors = all.filter(({ severity }) => severity === 'error').length;
  const title = errors > 0 ? count('errors', errors) : checked ? say('profile.valid') : say('profile.checking');
  return html`<section class="panel" aria-labelledby="problems">
    <div role="status"><h2 id="problems" data-errors=${errors}>${title}</h2></div>
    ${
      all.length > 0 &&
      html`<ul class="checks">
        ${all.map(({ severity, message, place }, index) => {
          const name = texts.files.find(({ path }) => path === place?.file)?.name ?? place?.file;
          return html`<li key=${index} data-check=${severity === 'error' ? 'wrong' : 'warning'}>
            <span class="mark" aria-hidden="true">${severity === 'error' ? '✕' : '!'}</span>
            <div>
              <p class="hint">
                ${say(severity === 'error' ? 'check.wrong' : 'check.warning')}
                ${place && html` · <button type="button" class="link" onClick=${() => onGo(place.file, place.line)}>${name}:${place.line}</button>`}
              </p>
              <p class="why" lang="en">${message}</p>
            </div>
          </li>`;
        })}
      </ul>`
    }
  </section>`;
}
