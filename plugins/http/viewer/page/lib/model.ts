// The page's state: cameras, connection, and announcements for screen readers.

import { createChanges } from '../../../../kit/page/shared/changes.ts';
import type { CameraCard, Links, StateEntry, ViewerEvent } from '../../wire.ts';
import type { Link } from './connection.ts';
import { words } from './words.ts';

/** The server's estimate of the class that the connection can drain. */
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
  receive(event: ViewerEvent): void;
  linked(link: Link): void;
  /** Announces a sentence to screen readers. */
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
    const sentences: string[] = [];
    cameras = cameras?.map((camera) => {
      const entry = states.get(camera.n);
      if (!entry) return camera;
      const [, state, why] = entry;
      const { n, id, name, state: before } = camera;
      if (state === 'offline' && before !== 'offline') sentences.push(words.wentOffline(name));
      else if (before === 'offline' && state === 'live') sentences.push(words.liveAgain(name));
      return { n, id, name, state, ...(why === undefined ? {} : { why }) };
    });
    if (sentences.length > 0) news = sentences.join(' ');
  };

  return {
    title: () => title,
    cameras: () => cameras,
    links: () => links,
    link: () => link,
    quality: () => quality,
    news: () => news,
    receive(event) {
      if (event.is === 'alive') return;
      if (event.is === 'states') setStates(event.states);
      else if (event.is === 'quality') quality = event;
      else ({ title, cameras, links } = event);
      changes.notify();
    },
    linked(next) {
      if (next.is === 'lost' && link.is !== 'lost') news = words.lostNews;
      if (next.is === 'open' && link.is === 'lost') news = words.connectedNews;
      if (next.is !== 'open') quality = { level: 0, encoder: true };
      link = next;
      changes.notify();
    },
    say(sentence) {
      news = sentence;
      changes.notify();
    },
    changed: changes.notify,
    subscribe: changes.subscribe,
  };
}
