// The messages of the camd protocol between an edge (the camd that has the cameras) and a hub (the camd that has the viewers).

import type { Fact, ImageType } from '../../../core/contract/plugin.ts';

/** `full`: as the camera sends it. `small`: from the edge's option "small". */
export type Size = 'full' | 'small';

/** Most milliseconds for which a hub may hold a camera without another request. */
export const MAX_LEASE = 60_000;

/** Requests of a hub to an edge. They contain the hub, so that an edge can distinguish the requests of several hubs. */
export type Request =
  /** A list of the cameras. */
  | { readonly is: 'list' }
  /**
   * The next picture: one credit. The open request is the lease: the camera is held for `lease` milliseconds from now on, and a later
   * request of the same hub, camera and size replaces this one. It acknowledges the picture sent before.
   */
  | {
      readonly is: 'next';
      readonly hub: string;
      readonly camera: string;
      readonly size: Size;
      /** Only a picture other than this one (its key); "" for any. */
      readonly after: string;
      /** Least milliseconds since the previous picture. */
      readonly every: number;
      readonly lease: number;
    }
  /**
   * Holds the camera for `lease` milliseconds without requesting a picture; 0 releases it. It acknowledges the picture sent before, or
   * with `probe` that probe. No answer.
   */
  | {
      readonly is: 'want';
      readonly hub: string;
      readonly camera: string;
      readonly size: Size;
      readonly lease: number;
      readonly probe?: number;
    }
  /** Takes a picture now. */
  | { readonly is: 'capture'; readonly camera: string; readonly timeout: number }
  | { readonly is: 'command'; readonly camera: string; readonly name: string; readonly args?: Fact }
  /** Another edge announces the same camera. No answer. */
  | { readonly is: 'rival'; readonly camera: string; readonly edge: string };

/** A picture without its bytes. */
export interface PictureHead {
  readonly camera: string;
  readonly key: string;
  /** Capture time, milliseconds since the epoch. */
  readonly time: number;
  readonly type: ImageType;
  readonly meta: Readonly<Record<string, Fact>>;
}

export interface ListedCamera {
  readonly id: string;
  /** True if it can take a picture on request. */
  readonly capture: boolean;
  readonly command: boolean;
  readonly small: boolean;
}

export type Reply =
  | { readonly is: 'picture'; readonly head: PictureHead; readonly data: Buffer }
  /** The hub answers at once with a `want` of this number, and keeps waiting: the edge measures the round trip. */
  | { readonly is: 'probe'; readonly probe: number }
  /** There is no newer picture; the hub may ask again. */
  | { readonly is: 'nothing' }
  | { readonly is: 'fact'; readonly fact: Fact }
  | { readonly is: 'list'; readonly revision: number; readonly cameras: readonly ListedCamera[] }
  | { readonly is: 'fault'; readonly code: string; readonly message: string };

/** Sent by an edge to all hubs at an interval. */
export interface Hello {
  /** Changes with each connection of the edge: earlier requests are lost. */
  readonly session: string;
  /** Changes with the list of cameras. */
  readonly revision: number;
  /** Milliseconds after which the edge counts as offline without another hello; 0: it leaves now. */
  readonly ttl: number;
}

/** The edge's side of a carrier. */
export interface EdgeCarrier {
  /** Sends to all hubs; does nothing if there is none. */
  hello(hello: Hello): void;
}

/** Sends the answer to a request. */
export type Respond = (reply: Reply) => void;

export interface EdgeHandler {
  request(request: Request, respond: Respond): void;
  /** A new hub requests hellos. */
  rollCall(): void;
  /** The carrier is connected again, or to another hub: earlier requests are lost. */
  connected(up: boolean): void;
}

export interface AskOptions {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** A probe arrived before the answer. */
  onProbe?(probe: number): void;
}

/** The hub's side of a carrier. */
export interface HubCarrier {
  /** Rejects with a Fault: `edge-offline` if the edge does not answer, `edge-late`, or with the signal's reason. */
  ask(edge: string, request: Request, options: AskOptions): Promise<Reply>;
  /** A request without an answer. Never throws. */
  send(edge: string, request: Request): void;
}

export interface HubHandler {
  hello(edge: string, hello: Hello): void;
  /** The connection to all edges is up or down. */
  connected(up: boolean): void;
}
