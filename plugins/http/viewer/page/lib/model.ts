// The page's state: its cameras and its connection, and which changes to announce.

import { createChanges } from '../../../../kit/page/shared/changes.ts';
import type { CameraCard, CameraState, Links, ViewerEvent } from '../../wire.ts';
import type { Link } from './connection.ts';

export interface Model {
  readonly title: () => string;
  /** undefined before the server has sent it. */
  readonly cameras: () => readonly CameraCard[] | undefined;
  readonly links: () => Links;
  readonly link: () => Link;
  /** A sentence for screen readers; changes only on events. */
  readonly news: () => string;
  receive(told: ViewerEvent): void;
  linked(link: Link): void;
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
  let news = '';

  const setStates = (states: ReadonlyMap<number, CameraState>): void => {
    const said: string[] = [];
    cameras = cameras?.map((camera) => {
      const state = states.get(camera.n) ?? camera.state;
      if (state === camera.state) return camera;
      if (state === 'offline') said.push(`${camera.name} is offline.`);
      else if (camera.state === 'offline' && state === 'live') said.push(`${camera.name} is live again.`);
      return { ...camera, state };
    });
    if (said.length > 0) news = said.join(' ');
  };

  return {
    title: () => title,
    cameras: () => cameras,
    links: () => links,
    link: () => link,
    news: () => news,
    receive(told) {
      if (told.is === 'alive') return;
      if (told.is === 'states') setStates(new Map(told.states));
      else ({ title, cameras, links } = told);
      changes.tell();
    },
    linked(next) {
      if (next.is === 'lost' && link.is !== 'lost') news = 'Connection lost.';
      if (next.is === 'open' && link.is === 'lost') news = 'Connected again.';
      link = next;
      changes.tell();
    },
    changed: changes.tell,
    subscribe: changes.subscribe,
  };
}
