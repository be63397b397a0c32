// The shared frame of all pages: title, navigation, user, and error message.

import { html } from 'htm/preact';
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { PAGES, type PageName } from '../../page-files.ts';
import { say, type Word } from './words.ts';

interface ShellProps {
  readonly page: PageName;
  readonly title: string;
  /** URL of the console's folder. */
  readonly base: string;
  /** The error of the newest request, if any. */
  readonly problem: string | undefined;
  /** Announcement for screen readers. */
  readonly news: string;
  readonly links: readonly PageName[];
  readonly person: ComponentChildren;
  readonly children?: ComponentChildren;
}

export const PAGE_WORDS = {
  graph: 'nav.graph',
  node: 'nav.node',
  profile: 'nav.profile',
  changes: 'nav.changes',
  camera: 'nav.camera',
  doctor: 'nav.doctor',
  login: 'nav.login',
} as const satisfies Record<PageName, Word>;

export function Shell({ page, title, base, problem, news, links, person, children }: ShellProps) {
  const list = useRef<HTMLUListElement>(null);
  // On a phone, the list of pages is wider than the screen.
  useLayoutEffect(() => list.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest' }), [links]);
  return html`<div class="page console-${page}">
    <a class="skip" href="#content">${say('nav.skip')}</a>
    <header class="bar">
      <p class="brand">${title}</p>
      ${
        links.length > 0 &&
        html`<nav aria-label=${say('nav.pages')}>
          <ul ref=${list}>
            ${links.map(
              (name) => html`<li key=${name}>
                <a href=${`${base}${PAGES[name].slice(1)}`} aria-current=${name === page ? 'page' : undefined}>${say(PAGE_WORDS[name])}</a>
              </li>`,
            )}
          </ul>
        </nav>`
      }
      <div class="person">${person}</div>
    </header>
    <main id="content" tabindex="-1">
      ${problem !== undefined && html`<p class="lost">${problem}</p>`}
      ${children}
    </main>
    <p class="hidden" role="status">${news}</p>
  </div>`;
}
