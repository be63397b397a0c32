// All event streams at one path: each gets only new pictures, at most at the rate that it requests.

import type { ServerResponse } from 'node:http';
import type { Frame } from '../../../core/contract/frame.ts';
import type { Release } from '../../../core/contract/plugin.ts';
import { COMMENT } from './event.ts';

/** Milliseconds between comments. */
export const COMMENT_MS = 15_000;

export interface Host {
  now(): number;
  newest(camera: string): Frame | undefined;
  want(camera: string): Release;
  text(frame: Frame, light: boolean): string;
  count(name: string): void;
  /** Milliseconds after which a viewer that reads nothing is disconnected. */
  readonly stall: number;
}

export interface StreamRequest {
  readonly camera: string;
  /** Least milliseconds between two pictures. */
  readonly delay: number;
  readonly light: boolean;
}

export interface Viewers {
  readonly size: () => number;
  /** Camera → its viewers. */
  watching(): Iterable<readonly [camera: string, viewers: number]>;
  /** Call it after the head of the response was written. */
  admit(response: ServerResponse, request: StreamRequest): void;
  show(frame: Frame): void;
  sweep(): void;
  moveTo(host: Host | undefined): void;
  close(): void;
}

interface Viewer extends StreamRequest {
  readonly response: ServerResponse;
  release: Release;
  sent: number;
  dueAt: number;
  wroteAt: number;
  /** Monotonic time since which the socket accepts no data. */
  blockedSince: number | undefined;
  timer: NodeJS.Timeout | undefined;
}

export function createViewers(): Viewers {
  const viewers = new Set<Viewer>();
  let host: Host | undefined;

  const write = (viewer: Viewer, text: string, by: Host): void => {
    viewer.wroteAt = by.now();
    if (!viewer.response.write(text)) viewer.blockedSince = by.now();
  };
  const offer = (viewer: Viewer): void => {
    const by = host;
    const frame = by?.newest(viewer.camera);
    if (!by || !frame || frame.seq <= viewer.sent || viewer.blockedSince !== undefined || viewer.timer) return;
    const wait = viewer.dueAt - by.now();
    if (wait > 0) {
      viewer.timer = setTimeout(() => {
        viewer.timer = undefined;
        offer(viewer);
      }, wait);
      viewer.timer.unref();
      return;
    }
    viewer.sent = frame.seq;
    viewer.dueAt = by.now() + viewer.delay;
    by.count('pictures_sent_total');
    write(viewer, by.text(frame, viewer.light), by);
  };
  const check = (viewer: Viewer, by: Host): void => {
    if (viewer.blockedSince !== undefined) {
      if (by.now() - viewer.blockedSince < by.stall) return;
      by.count('viewers_stalled_total');
      viewer.response.destroy();
    } else if (by.now() - viewer.wroteAt >= COMMENT_MS) write(viewer, COMMENT, by);
  };

  return {
    size: () => viewers.size,
    watching() {
      const counts = new Map<string, number>();
      for (const { camera } of viewers) counts.set(camera, (counts.get(camera) ?? 0) + 1);
      return counts;
    },
    admit(response, request) {
      const now = host?.now() ?? 0;
      const viewer: Viewer = {
        ...request,
        response,
        release: host?.want(request.camera) ?? (() => {}),
        sent: -1,
        dueAt: 0,
        wroteAt: now,
        blockedSince: undefined,
        timer: undefined,
      };
      viewers.add(viewer);
      response.on('drain', () => {
        viewer.blockedSince = undefined;
        offer(viewer);
      });
      response.on('error', () => {});
      response.on('close', () => {
        viewers.delete(viewer);
        clearTimeout(viewer.timer);
        viewer.release();
      });
      offer(viewer);
    },
    show(frame) {
      for (const viewer of viewers) if (viewer.camera === frame.camera) offer(viewer);
    },
    sweep() {
      if (host) for (const viewer of [...viewers]) check(viewer, host);
    },
    moveTo(next) {
      host = next;
      for (const viewer of viewers) {
        const before = viewer.release;
        viewer.release = next?.want(viewer.camera) ?? (() => {});
        before();
      }
    },
    close() {
      for (const { response } of [...viewers]) response.end();
    },
  };
}
