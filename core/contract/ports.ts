// The ports: interfaces through which one node uses another.

import type { IncomingMessage } from 'node:http';
import type { Duplex, Readable } from 'node:stream';
import type { Fact, Frame, ImageType } from './frame.ts';
import type { HttpReply, HttpRequest, Person, ReadyAnswer, ReadyAsked, Role } from './http.ts';
import type { Nats } from './nats.ts';
import type { Fault } from './problems.ts';

export type * from './nats.ts';

/** Undoes what returned it. Calling it twice does nothing more. */
export type Release = () => void;

/** The newest frame of a camera, as a cache knows it. */
export interface Still {
  readonly frame: Frame;
  /** Milliseconds since the frame arrived. */
  readonly age: number;
  /** True when the camera is older than the cache's `stale_after`. */
  readonly stale: boolean;
}

/** Port `stills`: the latest frame of each camera, waiting for the next one, and capture on demand. */
export interface Stills {
  /** Every camera that has a frame or that a source has announced, sorted by name. */
  cameras(): readonly string[];
  latest(camera: string): Still | undefined;
  /** The latest frame of a camera that `latest` does not know yet, while a store reads its folder. Undefined at other times. */
  find?(camera: string): Promise<Still | undefined>;
  /** The first frame with a `seq` above `after`; rejects with the signal's reason. */
  next(camera: string, after: number, signal: AbortSignal): Promise<Frame>;
  /** True when the camera's source takes a picture when it is asked (`mode: on_demand`). */
  onDemand(camera: string): boolean;
  /** A picture taken now; concurrent requests share one capture. Rejects with a Fault, or the signal's reason. */
  capture(camera: string, signal: AbortSignal): Promise<Frame>;
  /**
   * Pictures of several cameras for one request. Services that keep the cameras busy stop once, and start again when all are done.
   * The map has each camera with its frame or the Fault that says why there is none. Rejects only with the signal's reason.
   */
  captureAll(cameras: readonly string[], options: CaptureAllOptions): Promise<ReadonlyMap<string, Frame | Fault>>;
}

export interface CaptureAllOptions {
  readonly signal: AbortSignal;
  /** Milliseconds for everything, services included. */
  readonly deadlineMs: number;
  /** What a store adds to the `meta` of the frames, such as `prefix`. */
  readonly facts?: Readonly<Record<string, Fact>>;
}

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS';

/**
 * What a path shows of cameras. `none`: nothing, such as a script. `path`: only the camera that {camera} in the path names; the server
 * compares it with the cameras of the user. `own`: the route itself shows a user only his cameras (`maySee` of camd/kit).
 */
export type Shows = 'none' | 'path' | 'own';

export interface Route {
  /** HEAD is answered by a GET route; `request.method` tells. */
  readonly methods: readonly Method[];
  /** An absolute path; `{name}` stands for one segment, a trailing `{name*}` for the rest. */
  readonly path: string;
  /** `always`: credentials are needed even where the server lets everybody read. Default: as the server has it. */
  readonly auth?: 'always';
  /** Without it, users with a list of cameras are refused here. */
  readonly cameras?: Shows;
  /** The least role of a user. Default: `look` for methods that only read, `operate` for others. */
  readonly role?: Role;
  /** A page for people, by this name: a browser that asks for a path that is not served gets a link to it. */
  readonly page?: string;
  /** Bodies are not read before this runs; see `readBody` in plugins/kit/http/body.ts. */
  handler(request: HttpRequest, reply: HttpReply, params: Readonly<Record<string, string>>): unknown;
  /**
   * An answer to GET that is there already: a server may ask for it first, after all its checks, and write it itself, which costs less
   * than a request and a reply for the handler. undefined: the handler answers.
   */
  ready?(asked: ReadyAsked): ReadyAnswer | undefined;
}

export interface Upgrade {
  readonly path: string;
  /** Who asks for credentials. `route`: the route itself does, before it accepts or sends anything. Default: the server. */
  readonly auth?: 'server' | 'route';
  /** Origins whose pages may connect, besides those that the server allows; "*" for all. Default: none. */
  readonly origins?: readonly string[];
  /** Without it, users with a list of cameras are refused here. */
  readonly cameras?: Shows;
  /**
   * The handshake has passed the server's checks (authentication, Origin); the socket is the route's own from here. `client` is the
   * address of the client, behind the server's trusted proxies.
   */
  handler(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    params: Readonly<Record<string, string>>,
    client: string,
    person?: Person,
  ): void;
}

/** Users with passwords, and what each may do. */
export interface People {
  find(user: string): KnownPerson | undefined;
}

export interface KnownPerson extends Person {
  /** A digest of name and password: another password is another print. */
  readonly print: Buffer;
}

/** Port `server`: an HTTP listener to which routes are attached and from which they are detached while it runs. */
export interface Server {
  route(route: Route): Release;
  upgrade(upgrade: Upgrade): Release;
  /** Where a browser finds it, such as "http://127.0.0.1:8080"; "unix:/path" for a socket. */
  readonly origin: string;
  /** True when requests must authenticate; routes that change something may insist on it. */
  readonly authenticated: boolean;
  /** The users with their rights, for others that ask for the same passwords. */
  readonly people: People;
  /** Every attached GET path, for pages that link to their neighbours. */
  paths(): readonly string[];
}

export interface MqttMessage {
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  /** The broker says that it may have sent this before. */
  readonly duplicate: boolean;
}

/** Port `mqtt`: one connection to a broker, or the embedded broker itself. */
export interface Mqtt {
  readonly connected: boolean;
  /** Resolves when the broker has it (QoS 0: when it is written). Rejects with a Fault while the broker is away. */
  publish(topic: string, payload: Buffer | string, options?: { qos?: 0 | 1; retain?: boolean }): Promise<void>;
  /**
   * Messages that match `filter`, one call each, until released. QoS 1 is acknowledged when the promise resolves and is not
   * when it rejects. The subscription survives reconnects.
   */
  subscribe(filter: string, qos: 0 | 1, onMessage: (message: MqttMessage) => void | Promise<void>): Release;
  /** Called now and at every change of the connection, until released. */
  onConnection(listener: (connected: boolean) => void): Release;
}

/** Port `registry`: which cameras are known, and what is known of each. */
export interface Registry {
  /** What is known of a camera; undefined when it is unknown. Rejects only when it never had an answer. */
  lookup(camera: string): Promise<Readonly<Record<string, string | number | boolean | null>> | undefined>;
  /** Every known camera, sorted. Registries that cannot tell (an HTTP one) return undefined. */
  list(page?: Page): Promise<readonly string[] | undefined>;
  /**
   * Compares what a camera presents with its token, in constant time. Rejects when the registry never had an answer for this
   * camera, or carries no tokens.
   */
  verify(camera: string, secret: string): Promise<Verdict>;
  /** Called when cameras have been added, changed or removed, until released. A registry that never changes never calls. */
  watch(listener: () => void): Release;
  /** This camera has sent a picture. Registries that keep the time write it back now and then. */
  seen?(camera: string): void;
}

export type Verdict = 'ok' | 'wrong' | 'unknown';

/** Part of a list, in the order of the registry. */
export interface Page {
  /** Continue after this entry of an earlier page. */
  readonly after?: string;
  /** At most this many. */
  readonly limit: number;
}

/** Port `lease`: work that exactly one of several machines does. */
export interface Lease {
  /** True while this camd, and no other, does the work. */
  readonly held: boolean;
  /** Called now and at every change, until released. Work that is under way stops when it is called with false. */
  watch(listener: (held: boolean) => void): Release;
}

/** One picture that a store keeps. */
export interface Kept {
  /** Unique within the store and stable: what `read` and `delete` take. */
  readonly id: string;
  readonly camera: string;
  /** Capture time, milliseconds since the epoch. */
  readonly time: number;
  readonly seq: number;
  readonly type: ImageType;
  /** Bytes. */
  readonly size: number;
}

export interface KeptQuery {
  readonly camera?: string;
  /** Inclusive, milliseconds since the epoch. */
  readonly from?: number;
  /** Exclusive, milliseconds since the epoch. */
  readonly to?: number;
  /** At most this many. */
  readonly limit: number;
  readonly order: 'newest-first' | 'oldest-first';
  /** Continue after this `id` of an earlier answer. A text that can be no id rejects with a Fault `unknown-id`. */
  readonly after?: string;
}

/** Port `store`: kept frames. A frame is durable when `put` has resolved. */
export interface Store {
  put(frame: Frame): Promise<Kept>;
  list(query: KeptQuery): Promise<readonly Kept[]>;
  cameras(): Promise<readonly string[]>;
  /** undefined when it is not there (any more). */
  read(id: string): Promise<{ kept: Kept; body: Readable } | undefined>;
  /** False when it was not there. */
  delete(id: string): Promise<boolean>;
  /** Bytes and count of all that is kept. */
  usage(): Promise<{ bytes: number; count: number }>;
  /** What is known of one picture, without its bytes; undefined when it is not there. */
  look?(id: string): Promise<Kept | undefined>;
  /** A URL at which anybody can read this picture for so many milliseconds. It does not say whether the picture is there. */
  link?(id: string, forMs: number): Promise<string>;
  /** A request by which somebody without credentials can put exactly this picture within so many milliseconds. */
  admit?(picture: AnnouncedPicture, forMs: number): Promise<Admission>;
  /** Somebody else has put the picture of this id and size into the store: an index takes it up. Undefined when it is not there in full. */
  learn?(id: string, size: number): Promise<Kept | undefined>;
}

/** What is known of a picture before its bytes are sent. */
export interface AnnouncedPicture {
  readonly camera: string;
  readonly key: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly type: ImageType;
  /** Bytes. */
  readonly size: number;
  /** MD5 of the bytes, in base64. */
  readonly md5: string;
}

/** A PUT that stores one picture. */
export interface Admission {
  readonly kept: Kept;
  readonly url: string;
  /** To be sent as they are. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Port `service`: something that must be out of the way while a camera is used. */
export interface Service {
  /** What it is called on this machine, such as "mjpg-streamer.service". */
  readonly unit?: string;
  /** Stops it; resolves when it is out of the way, with the function that starts it again if it ran. Uses may overlap. */
  suspend(signal: AbortSignal): Promise<() => Promise<void>>;
}

/** Port `readings`: the newest values of a sensor. */
export interface Readings {
  /** The newest values; undefined before the first. */
  newest(): Reading | undefined;
  /** The values that arrived nearest to this time (ms since the epoch), out of the last second and the newest before it. */
  nearest(time: number): Reading | undefined;
  /** Milliseconds: values that are further from a picture's time are out of date. */
  readonly maxAge: number;
}

/** Values of a sensor that arrived together. */
export interface Reading {
  /** Finite numbers by the name that the profile gives them, in its order. */
  readonly values: Readonly<Record<string, number>>;
  /** When they arrived, milliseconds since the epoch. */
  readonly time: number;
}

/** Port `printer`: what a 3D printer does. */
export interface Printer {
  /** Undefined before the first answer. */
  state(): PrinterState | undefined;
  /** Called at every change, until released. */
  watch(listener: (state: PrinterState) => void): Release;
}

export interface PrinterState {
  /** `off`: it cannot be reached, or its firmware has not started. `error`: it waits for somebody. */
  readonly is: 'off' | 'ready' | 'printing' | 'paused' | 'error';
  /** The layer that is printed, from 1; undefined between prints and when the printer does not tell. */
  readonly layer?: number;
}

/** Everything but `frames`, which the core itself carries (core/graph/flow/subscription.ts). */
export interface Ports {
  stills: Stills;
  server: Server;
  mqtt: Mqtt;
  nats: Nats;
  registry: Registry;
  store: Store;
  lease: Lease;
  service: Service;
  readings: Readings;
  printer: Printer;
}

export type PortName = 'frames' | keyof Ports;

export const PORT_NAMES: readonly PortName[] = [
  'frames',
  'stills',
  'server',
  'mqtt',
  'nats',
  'registry',
  'store',
  'lease',
  'service',
  'readings',
  'printer',
];
