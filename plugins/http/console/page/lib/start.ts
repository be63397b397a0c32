// Starts a page of the console: language, session, and the frame around the page's own view.

/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import { html, render } from 'htm/preact';
import type { ComponentType } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { Role, Session } from '../../api.ts';
import { PAGES, type PageName } from '../../page-files.ts';
import { type Api, createApi, sentenceOf } from './api.ts';
import { PAGE_WORDS, Shell } from './shell.ts';
import { say } from './words.ts';

/** Context for the view of a page. */
export interface Console {
  readonly api: Api;
  readonly session: Session;
  /** True if the user has the rights of `role`. */
  may(role: Role): boolean;
  /** The URL of another page. */
  href(page: PageName, query?: Readonly<Record<string, string>>): string;
  /** Announces a text to screen readers only. */
  notify(news: string): void;
  /** Runs a task and shows its error until the next task succeeds. Never rejects. */
  attempt(task: () => Promise<void>): Promise<void>;
}

const ROLES: readonly Role[] = ['look', 'operate', 'edit'];
const mayWith = (session: Session, role: Role): boolean =>
  session.role !== undefined && ROLES.indexOf(session.role) >= ROLES.indexOf(role);

/** The pages in the navigation with their roles. The graph links to the page of a node. */
const LINKS: readonly (readonly [PageName, Role])[] = [
  ['graph', 'look'],
  ['profile', 'edit'],
  ['changes', 'edit'],
  ['camera', 'edit'],
  ['doctor', 'operate'],
];

export type View = ComponentType<{ readonly site: Console }>;

export function start(page: PageName, scriptUrl: string, view: View): void {
  const base = new URL('./', scriptUrl);
  const app = document.getElementById('app');
  if (app) render(html`<${App} page=${page} base=${base} view=${view} />`, app);
}

interface AppProps {
  readonly page: PageName;
  readonly base: URL;
  readonly view: View;
}

const addressOf = (base: URL, page: PageName, query: Readonly<Record<string, string>> = {}): string => {
  const url = new URL(PAGES[page].slice(1), base);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url.href;
};

function App({ page, base, view }: AppProps) {
  const [session, setSession] = useState<Session>();
  const [problem, setProblem] = useState<string>();
  const [news, setNews] = useState('');

  const site = useMemo(() => {
    const leave = (): void => {
      if (page !== 'login') location.assign(addressOf(base, 'login', { next: `${page}${location.search}` }));
    };
    const api = createApi(base, leave);
    const attempt = async (task: () => Promise<void>): Promise<void> => {
      try {
        await task();
        setProblem(undefined);
      } catch (thrown) {
        const sentence = sentenceOf(thrown);
        setProblem(sentence);
        setNews(sentence);
      }
    };
    return { api, attempt, leave, notify: setNews };
  }, []);

  useEffect(
    () =>
      void site.attempt(async () => {
        const next = await site.api.get<Session>('session');
        document.title = `${say(PAGE_WORDS[page])} – ${next.title}`;
        if (next.role === undefined && page !== 'login') site.leave();
        else setSession(next);
      }),
    [],
  );

  if (!session) {
    const waiting = problem === undefined && html`<p class="plain">${say('loading')}</p>`;
    return html`<${Shell} page=${page} title=${document.title} base=${base.href} problem=${problem} news=${news} links=${[]} person=${''}>${waiting}<//>`;
  }
  const logOut = async (): Promise<void> => {
    await site.attempt(async () => {
      await site.api.remove('session');
      location.assign(addressOf(base, 'login'));
    });
  };
  const { user, role, hasUsers } = session;
  const person =
    user !== undefined &&
    html`<span>${user}</span>${hasUsers && html`<button type="button" onClick=${logOut}>${say('logout')}</button>`}`;
  const made: Console = {
    ...site,
    session,
    may: (needed) => mayWith(session, needed),
    href: (to, query) => addressOf(base, to, query),
  };
  const links = role === undefined ? [] : LINKS.filter(([, needed]) => mayWith(session, needed)).map(([name]) => name);
  return html`<${Shell} page=${page} title=${session.title} base=${base.href} problem=${problem} news=${news} links=${links} person=${person}>
    <${view} site=${made} />
  <//>`;
}
