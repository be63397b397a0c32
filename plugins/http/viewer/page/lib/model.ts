// The page's state: its cameras and its connection, and which changes to announce.

import { createChanges } from '../../../../kit/page/shared/changes.ts';
import type { CameraCard, Links, StateEntry, ViewerEvent } from '../../wire.ts';
import type { Link } from './connection.ts';
import { words } from './words.ts';

/** What the line can drain, as the server finds it. */
export interface Quality {
  readonly level: number;
  readonly encoder: boolean;
}

export interface Model {
  readonly title: () => string;
  /** undefined before the server has sent it. */
  readonly cameras: () => readonly CameraCard[] | undefined;
  readonly links: () => Links;
  readonly link: () => Link;
  readonly quality: () => Quality;
  /** A sentence for screen readers; changes only on events. */
  readonly news: () => string;
  receive(told: ViewerEvent): void;
  linked(link: Link): void;
  /** Something that screen readers say. */
  say(news: string): void;
  changed(): void;
  /** Returns an unsubscribe function. */
  subscribe(listener: () => void): () => void;
}

export function createModel(firstTitle: string): Model {
  const changes = createChanges();
  let title = firstTitle;
  let cameras: readonly CameraCard[] | undefined;
  let links: Links = {};
  let link: Link = { is: 'connecting' };
  let quality: Quality = { level: 0, encoder: true };
  let news = '';

  const setStates = (entries: readonly StateEntry[]): void => {
    const states = new Map(entries.map((entry) => [entry[0], entry]));
    const said: string[] = [];
    cameras = cameras?.map((camera) => {
      const entry = states.get(camera.n);
      if (!entry) return camera;
      const [, state, why] = entry;
      const { n, id, name, state: before } = camera;
      if (state === 'offline' && before !== 'offline') said.push(words.wentOffline(name));
      else if (before === 'offline' && state === 'live') said.push(words.liveAgain(name));
      return { n, id, name, state, ...(why === undefined ? {} : { why }) };
    });
    if (said.length > 0) news = said.join(' ');
  };

  return {
    title: () => title,
    cameras: () => cameras,
    links: () => links,
    link: () => link,
    quality: () => quality,
    news: () => news,
    receive(told) {
      if (told.is === 'alive') return;
      if (told.is === 'states') setStates(told.states);
      else if (told.is === 'quality') quality = told;
      else ({ title, cameras, links } = told);
      changes.tell();
    },
    linked(next) {
      if (next.is === 'lost' && link.is !== 'lost') news = words.lostNews;
      if (next.is === 'open' && link.is === 'lost') news = words.connectedNews;
      if (next.is !== 'open') quality = { level: 0, encoder: true };
      link = next;
      changes.tell();
    },
    say(said) {
      news = said;
      changes.tell();
    },
    changed: changes.tell,
    subscribe: changes.subscribe,
  };
}
