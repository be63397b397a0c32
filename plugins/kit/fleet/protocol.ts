// The camd protocol between an edge (the camd that has the cameras) and a hub (the camd that has the viewers): its messages.

import type { Fact, ImageType } from '../../../core/contract/plugin.ts';

/** `full`: as the camera sends it. `small`: as the edge's option "small" offers it. */
export type Size = 'full' | 'small';

/** Milliseconds that a hub may hold a camera without asking again. */
export const MAX_LEASE = 60_000;

/** What a hub asks of an edge. Each names the hub, so that an edge can tell the requests of one from those of another. */
export type Request =
  /** A list of the cameras. */
  | { readonly is: 'list' }
  /**
   * The next picture: one credit. The open request is the lease: the camera is held for `lease` milliseconds from here on, and a
   * later request of the same hub, camera and size takes the place of this one. It says that what was sent before has arrived.
   */
  | {
      readonly is: 'next';
      readonly hub: string;
      readonly camera: string;
      readonly size: Size;
      /** Only a picture other than this one (its key); "" for any. */
      readonly after: string;
      /** At least so many milliseconds after the one before. */
      readonly every: number;
      readonly lease: number;
    }
  /**
   * Holds the camera for `lease` milliseconds without asking for a picture; 0 lets go of it. It says that what was sent before has
   * arrived, or with `probe` that this probe has. No answer.
   */
  | {
      readonly is: 'want';
      readonly hub: string;
      readonly camera: string;
      readonly size: Size;
      readonly lease: number;
      readonly probe?: number;
    }
  /** A picture taken now. */
  | { readonly is: 'capture'; readonly camera: string; readonly timeout: number }
  | { readonly is: 'command'; readonly camera: string; readonly name: string; readonly args?: Fact }
  /** Another edge announces the same camera. No answer. */
  | { readonly is: 'rival'; readonly camera: string; readonly edge: string };

/** What comes with a picture, besides its bytes. */
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
  /** It takes a picture when it is asked. */
  readonly capture: boolean;
  readonly command: boolean;
  readonly small: boolean;
}

export type Reply =
  | { readonly is: 'picture'; readonly head: PictureHead; readonly data: Buffer }
  /** The hub answers at once with a `want` of this number, and goes on waiting: the edge measures the round trip. */
  | { readonly is: 'probe'; readonly probe: number }
  /** No newer picture has come; the hub may ask again. */
  | { readonly is: 'nothing' }
  | { readonly is: 'fact'; readonly fact: Fact }
  | { readonly is: 'list'; readonly revision: number; readonly cameras: readonly ListedCamera[] }
  | { readonly is: 'fault'; readonly code: string; readonly message: string };

/** What an edge says to all hubs, again and again. */
export interface Hello {
  /** Changes with each connection of the edge: what was asked before is lost. */
  readonly session: string;
  /** Changes with the list of cameras. */
  readonly revision: number;
  /** Milliseconds after which the edge counts as offline unless it says hello again; 0: it leaves now. */
  readonly ttl: number;
}

/** The edge's side of a carrier. */
export interface EdgeCarrier {
  /** To all hubs. Quiet while there is none. */
  hello(hello: Hello): void;
}

/** How an edge answers a request; `undefined` for requests without an answer. */
export type Respond = (reply: Reply) => void;

export interface EdgeHandler {
  request(request: Request, respond: Respond): void;
  /** A hub has come and knows nothing yet. */
  rollCall(): void;
  /** The carrier is connected again, or to another hub: what was asked before is lost. */
  connected(up: boolean): void;
}

export interface AskOptions {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** A probe has come before the answer. */
  onProbe?(probe: number): void;
}

/** The hub's side of a carrier. */
export interface HubCarrier {
  /** Rejects with a Fault: `edge-offline` when nobody answers for this edge, `edge-late`, or with the signal's reason. */
  ask(edge: string, request: Request, options: AskOptions): Promise<Reply>;
  /** A request without an answer. Never throws. */
  tell(edge: string, request: Request): void;
}

export interface HubHandler {
  hello(edge: string, hello: Hello): void;
  /** All edges are out of reach, or no longer. */
  connected(up: boolean): void;
}
