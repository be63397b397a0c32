// The ports: interfaces through which one node uses another.

import type { IncomingMessage } from 'node:http';
import type { Duplex, Readable } from 'node:stream';
import type { Fact, Frame, ImageType } from './frame.ts';
import type { HttpReply, HttpRequest, Person, ReadyAnswer, ReadyRequest, Role } from './http.ts';
import type { Nats } from './nats.ts';
import type { Fault } from './problems.ts';

export type * from './nats.ts';

/** Undoes the call that returned it. Calling it again has no effect. */
export type Release = () => void;

/** The newest frame of a camera in a cache. */
export interface Still {
  readonly frame: Frame;
  /** Milliseconds since the frame arrived. */
  readonly age: number;
  /** True if the frame is older than the cache's `stale_after`. */
  readonly stale: boolean;
}

/** Port `stills`: the latest frame of each camera, waiting for the next one, and capture on demand. */
export interface Stills {
  /** Every camera that has a frame or was announced by a source, sorted by name. */
  cameras(): readonly string[];
  latest(camera: string): Still | undefined;
  /** The latest frame of a camera that `latest` does not return yet, while a store reads its folder. Undefined at other times. */
  find?(camera: string): Promise<Still | undefined>;
  /** The first frame with a `seq` above `after`; rejects with the signal's reason. */
  next(camera: string, after: number, signal: AbortSignal): Promise<Frame>;
  /** True if the camera's source takes pictures on request (`mode: on_demand`). */
  onDemand(camera: string): boolean;
  /** Takes a picture now; concurrent requests share one capture. Rejects with a Fault, or the signal's reason. */
  capture(camera: string, signal: AbortSignal): Promise<Frame>;
  /**
   * Takes pictures of several cameras for one request. Services that keep the cameras busy stop once, and start again when all are done.
   * The map has each camera with its frame or the Fault that prevented it. Rejects only with the signal's reason.
   */
  captureAll(cameras: readonly string[], options: CaptureAllOptions): Promise<ReadonlyMap<string, Frame | Fault>>;
}

export interface CaptureAllOptions {
  readonly signal: AbortSignal;
  /** Milliseconds for the whole call, services included. */
  readonly deadlineMs: number;
  /** Facts that a store adds to the `meta` of the frames, such as `prefix`. */
  readonly facts?: Readonly<Record<string, Fact>>;
}

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS';

/**
 * What a path shows of cameras. `none`: nothing, such as a script. `path`: only the camera that {camera} in the path names; the server
 * compares it with the user's cameras. `own`: the route itself shows users only their own cameras (`maySee` of camd/kit).
 */
export type Shows = 'none' | 'path' | 'own';

export interface Route {
  /** A GET route also answers HEAD; see `request.method`. */
  readonly methods: readonly Method[];
  /** An absolute path; `{name}` stands for one segment, a trailing `{name*}` for the rest. */
  readonly path: string;
  /** `always`: credentials are required even if the server allows anonymous reading. Default: as configured for the server. */
  readonly auth?: 'always';
  /** Without it, users with a list of cameras are refused on this path. */
  readonly cameras?: Shows;
  /** The lowest role that may use it. Default: `look` for methods that only read, `operate` for others. */
  readonly role?: Role;
  /** Name of a page for people: a browser that requests an unknown path gets a link to this page. */
  readonly page?: string;
  /** The body is not read before this runs; see `readBody` in plugins/kit/http/body.ts. */
  handler(request: HttpRequest, reply: HttpReply, params: Readonly<Record<string, string>>): unknown;
  /**
   * Returns a prepared answer to GET. After all its checks, a server may call it first and write the answer itself, which is cheaper than
   * a request and a reply for the handler. undefined: the handler answers.
   */
  ready?(request: ReadyRequest): ReadyAnswer | undefined;
}

export interface Upgrade {
  readonly path: string;
  /** Which side requests credentials. `route`: the route itself, before it accepts or sends anything. Default: the server. */
  readonly auth?: 'server' | 'route';
  /** Origins whose pages may connect, in addition to those that the server allows; "*" for all. Default: none. */
  readonly origins?: readonly string[];
  /** Without it, users with a list of cameras are refused on this path. */
  readonly cameras?: Shows;
  /**
   * Runs after the server's checks of the handshake (authentication, Origin); from here on the route owns the socket. `client` is the
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

/** Users with passwords, and their rights. */
export interface People {
  find(user: string): KnownPerson | undefined;
}

export interface KnownPerson extends Person {
  /** A digest of name and password: it changes with the password. */
  readonly print: Buffer;
}

/** Port `server`: an HTTP listener to which routes can be attached and from which they can be detached while it runs. */
export interface Server {
  route(route: Route): Release;
  upgrade(upgrade: Upgrade): Release;
  /** The address for a browser, such as "http://127.0.0.1:8080"; "unix:/path" for a socket. */
  readonly origin: string;
  /** True if requests must authenticate; routes that change state may require it. */
  readonly authenticated: boolean;
  /** The users with their rights, for plugins that check the same passwords. */
  readonly people: People;
  /** Every attached GET path, for pages that link to each other. */
  paths(): readonly string[];
}

export interface MqttMessage {
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  /** Set by the broker if it may have sent this message before. */
  readonly duplicate: boolean;
}

/** Port `mqtt`: one connection to a broker, or the embedded broker itself. */
export interface Mqtt {
  readonly connected: boolean;
  /** Resolves when the broker has it (QoS 0: when it is written). Rejects with a Fault while disconnected from the broker. */
  publish(topic: string, payload: Buffer | string, options?: { qos?: 0 | 1; retain?: boolean }): Promise<void>;
  /**
   * Receives messages that match `filter`, one call each, until released. A QoS 1 message is acknowledged when the promise resolves, and
   * not acknowledged when it rejects. The subscription survives reconnects.
   */
  subscribe(filter: string, qos: 0 | 1, onMessage: (message: MqttMessage) => void | Promise<void>): Release;
  /** Calls `listener` now and at every change of the connection, until released. */
  onConnection(listener: (connected: boolean) => void): Release;
}

/** Port `registry`: the known cameras, and their data. */
export interface Registry {
  /** The data of a camera; undefined if it is unknown. Rejects only if the registry never had an answer. */
  lookup(camera: string): Promise<Readonly<Record<string, string | number | boolean | null>> | undefined>;
  /** Every known camera, sorted; undefined for registries that cannot list their cameras (HTTP). */
  list(page?: Page): Promise<readonly string[] | undefined>;
  /**
   * Compares a camera's secret with its token, in constant time. Rejects if the registry never had an answer for this camera, or has no
   * tokens.
   */
  verify(camera: string, secret: string): Promise<Verdict>;
  /** Calls `listener` when cameras have been added, changed or removed, until released. Static registries never call it. */
  watch(listener: () => void): Release;
  /** Records that this camera has sent a picture. Registries that store the time write it back at intervals. */
  recordActivity?(camera: string): void;
}

export type Verdict = 'ok' | 'wrong' | 'unknown';

/** Part of a list, in the order of the registry. */
export interface Page {
  /** Continue after this entry of an earlier page. */
  readonly after?: string;
  /** At most this many. */
  readonly limit: number;
}

/** Port `lease`: work that exactly one of several machines performs. */
export interface Lease {
  /** True while this camd, and no other, performs the work. */
  readonly held: boolean;
  /** Calls `listener` now and at every change, until released. Stop work in progress when it is called with false. */
  watch(listener: (held: boolean) => void): Release;
}

/** One picture in a store. */
export interface Kept {
  /** Unique within the store and stable: the argument of `read` and `delete`. */
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
  /** Continue after this `id` of an earlier answer. Rejects with a Fault `unknown-id` if the text cannot be an id. */
  readonly after?: string;
}

/** Port `store`: stored frames. A frame is durable once `put` has resolved. */
export interface Store {
  put(frame: Frame): Promise<Kept>;
  list(query: KeptQuery): Promise<readonly Kept[]>;
  cameras(): Promise<readonly string[]>;
  /** undefined if it does not exist (any more). */
  read(id: string): Promise<{ kept: Kept; body: Readable } | undefined>;
  /** False if it did not exist. */
  delete(id: string): Promise<boolean>;
  /** Bytes and count of all stored pictures. */
  usage(): Promise<{ bytes: number; count: number }>;
  /** The data of one picture without its bytes; undefined if it does not exist. */
  stat?(id: string): Promise<Kept | undefined>;
  /** A URL at which anyone can read this picture for this many milliseconds. It does not say whether the picture exists. */
  link?(id: string, forMs: number): Promise<string>;
  /** A request with which a client without credentials can store exactly this picture within this many milliseconds. */
  admit?(picture: AnnouncedPicture, forMs: number): Promise<Admission>;
  /** Adds a picture that another client has put into the store to its index. `size` in bytes. Undefined if it is not there in full. */
  register?(id: string, size: number): Promise<Kept | undefined>;
}

/** The data of a picture before its bytes are sent. */
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
  /** Send them unchanged. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Port `service`: a program that must be stopped while a camera is used. */
export interface Service {
  /** Its name on this machine, such as "mjpg-streamer.service". */
  readonly unit?: string;
  /** Stops it; resolves once it has stopped, with a function that starts it again if it was running. Uses may overlap. */
  suspend(signal: AbortSignal): Promise<() => Promise<void>>;
}

/** Port `readings`: the newest values of a sensor. */
export interface Readings {
  /** The newest values; undefined before the first. */
  newest(): Reading | undefined;
  /** The values that arrived nearest to this time (ms since the epoch), from the last second and the newest before it. */
  nearest(time: number): Reading | undefined;
  /** Milliseconds: values that are further than this from a picture's time are out of date. */
  readonly maxAge: number;
}

/** Values of a sensor that arrived together. */
export interface Reading {
  /** Finite numbers by the names in the profile, in its order. */
  readonly values: Readonly<Record<string, number>>;
  /** Arrival time, milliseconds since the epoch. */
  readonly time: number;
}

/** Port `printer`: the state of a 3D printer. */
export interface Printer {
  /** Undefined before the first answer. */
  state(): PrinterState | undefined;
  /** Calls `listener` at every change, until released. */
  watch(listener: (state: PrinterState) => void): Release;
}

export interface PrinterState {
  /** `off`: it cannot be reached, or its firmware has not started. `error`: it waits for the user. */
  readonly is: 'off' | 'ready' | 'printing' | 'paused' | 'error';
  /** The layer being printed, from 1; undefined between prints and if the printer does not report it. */
  readonly layer?: number;
}

/** All ports except `frames`, which the core itself handles (core/graph/flow/subscription.ts). */
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
