// The contract between the core and a plugin: the plugin object and the node object that it receives.

import type { Socket } from 'node:net';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Memory } from '../base/memory.ts';
import type { Cameras } from './cameras.ts';
import type { CheckView, Finding, FrameFacts } from './check.ts';
import type { ExamineView, Observation } from './examine.ts';
import type { Fact, Frame, Image } from './frame.ts';
import type { Kernel } from './kernel.ts';
import type { Ports, Release, Service } from './ports.ts';
import type { ProfileAccess } from './profile.ts';
import type { DaemonView } from './status.ts';

export type { Clock } from '../base/clock.ts';
export type { Log } from '../base/log.ts';
export type { Memory } from '../base/memory.ts';
export type { CameraReport, Cameras } from './cameras.ts';
export { type CheckView, type Finding, type FrameFacts, refusal } from './check.ts';
export type { ExamineView, Observation } from './examine.ts';
export type { Fact, Frame, Image, ImageType } from './frame.ts';
export type * from './http.ts';
export type { Kernel } from './kernel.ts';
export type * from './ports.ts';
export { environment, Fault, isFault, misuse } from './problems.ts';
export type * from './profile.ts';
export { type OpenScope, openScope } from './scope.ts';

/** The result of `start`: the ports listed under `provides` in the schema, except `frames`. */
export type Provided = Partial<Ports>;

/** A plugin that runs as a node. It is a factory: state belongs in the closure of `start`, never in the module. */
export interface NodePlugin<Options = Record<string, unknown>> {
  /**
   * Starts the node and returns its ports. Resolve as soon as the node can work, or when it must wait for a device (after calling
   * `node.degraded`). If it throws, the node has failed and is restarted with back-off.
   */
  start(node: Node<Options>): Provided | void | Promise<Provided | void>;
  /**
   * Checks rules that the schema cannot express and that depend on the profile alone, such as two mutually exclusive options. Must be pure
   * and fast; runs for `camd validate`, before a start and before a reload, on options that match the schema.
   */
  check?(options: Options, view: CheckView): readonly Finding[];
  /**
   * For plugins that provide `frames`: derives facts about their frames from their options. Without it, the facts are those of the node's
   * inputs. Must be pure and fast; runs on options that match the schema.
   */
  frames?(options: Options, view: CheckView): FrameFacts;
  /**
   * Checks the options against this machine, such as for a missing device; for `camd validate` alone. It may read but must not change
   * anything. `resolve` makes a path from the profile absolute.
   */
  inspect?(options: Options, signal: AbortSignal, resolve: (path: string) => string): Promise<readonly Finding[]>;
  /**
   * For `camd doctor`: examines whether everything that the node needs, such as a server, a package or a camera, is present and responds.
   * It may open connections, and must send credentials only to the server that they are for. camd ends it after 15 s.
   */
  examine?(options: Options, view: ExamineView): AsyncIterable<Observation>;
  /** Subcommands that the plugin adds to the command line, such as `camd clients`. */
  readonly commands?: Readonly<Record<string, PluginCommand<Options>>>;
}

/** `camd NAME ARGUMENTS… --config P`, for the node of the profile that uses this plugin. Returns the lines to print. */
export interface PluginCommand<Options> {
  readonly summary: string;
  readonly usage: string;
  /** True: the command runs for every node that uses the plugin, one after the other. Otherwise --node selects one of several. */
  readonly each?: boolean;
  /** `resolve` makes a path from the profile absolute, like `node.resolve`. */
  run(options: Options, args: readonly string[], resolve: (path: string) => string): Promise<readonly string[]>;
}

/** `camd NAME ARGUMENTS…`: a command that works without a profile, such as one that lists devices. */
export interface StandaloneCommand {
  readonly summary: string;
  readonly usage: string;
  /** Returns the text to print. A Fault of blame `profile` means that the arguments are wrong. */
  run(args: readonly string[], signal: AbortSignal): Promise<string>;
}

/** Name → function that loads the module when the command is first used. */
export type StandaloneCommandList = Readonly<Record<string, () => Promise<{ readonly default: StandaloneCommand }>>>;

/** A plugin that extracts pictures from bytes, named by `parse:` of a source. Pure: no I/O, no clock. */
export interface ParserPlugin<Options = Record<string, unknown>> {
  create(options: Options, sink: ParserSink, context: ParserContext): Parser;
}

export interface Parser {
  /**
   * Processes the next bytes, in chunks of any size. The bytes are only lent: the caller, or another source, reuses the memory after the
   * call, unless `given` of the context says otherwise.
   */
  push(chunk: Buffer): void;
  /** The stream has ended: complete pictures are passed on, an incomplete one is reported as skipped. */
  end(): void;
}

export interface ParserSink {
  image(image: ParsedImage): void;
  /** Reports bytes that are not a picture. `reason` is a constant phrase, such as "truncated" or "over max_frame". */
  skipped(bytes: number, reason: string): void;
  /**
   * Reports that the stream deviates from its format although its pictures are valid. `code` is in snake_case, such as "boundary_glued";
   * the source counts it and logs it once.
   */
  odd?(code: string): void;
}

export interface ParsedImage extends Image {
  /** The capture time, if the stream contains it: milliseconds since the epoch. */
  readonly time?: number;
  readonly meta?: Readonly<Record<string, Fact>>;
}

export interface ParserContext {
  /** The Content-Type of the response, if there is one: a multipart parser reads its boundary from it. */
  readonly contentType?: string;
  /**
   * All chunks are given, not lent: they remain unchanged, and the parser may keep them instead of a copy. `headroom`: there is only one
   * chunk, and it lies in a buffer from `allocate`.
   */
  readonly given?: 'bare' | 'headroom';
}

/** Creates parsers with the options under `parse:` in the profile. */
export type ParserFactory = (sink: ParserSink, context?: ParserContext) => Parser;

/** A picture to be sent by a source. */
export interface Capture extends ParsedImage {
  /** The source's own id of this picture, such as a message id, unchanged when it is sent again; otherwise a ULID is used. */
  readonly key?: string;
  /** Default: the id of the node. */
  readonly camera?: string;
}

/** The whole environment of a running node. */
export interface Node<Options> {
  readonly id: string;
  readonly use: string;
  /** Validated, with defaults; durations in milliseconds, sizes in bytes, rates per second. */
  readonly options: Options;
  readonly log: Log;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** Memory for data from clients and cameras, shared by all nodes: reserve before you keep data. */
  readonly memory: Memory;
  /** Aborted when the node must stop. */
  readonly signal: AbortSignal;
  /** Outgoing frames, for plugins that provide `frames`. */
  readonly output: Output;
  /** Incoming frames, from the nodes that this option names (default "from"). */
  input(option?: string): Input;
  /**
   * For nodes that only change, drop or delay frames: passes each frame of the input "from" through `step` to the output, and also each
   * picture captured on demand. Wants, requests and acknowledgements pass through the node automatically.
   */
  pass(step: PassStep, options: PassOptions): void;
  /** The node that this option names; throws if the option is not set. */
  ref<P extends keyof Ports>(option: string, port: P): Ref<Ports[P]>;
  /** The nodes that this option names, one or a list; empty if it is not set. */
  refs<P extends keyof Ports>(option: string, port: P): readonly Ref<Ports[P]>[];
  /** Creates parsers as set by the option `parse`; undefined if it is not set. */
  readonly parser: ParserFactory | undefined;
  /**
   * State that outlives this instance: it survives reloads, roll-backs and renames. Returns the state with this name left by a predecessor
   * if its `same` is equal, otherwise a new one. It is disposed of when no node holds it any more. Use it only while this node is in
   * effect (see `whileActive`): during a reload the predecessor uses it until every new node has started.
   */
  durable<T>(name: string, options: Durable<T>): Promise<T>;
  /** Runs `attach` when this instance takes effect; runs the returned function when another instance does, or when the node stops. */
  whileActive(attach: () => Release | undefined | void): void;
  /** Runs `cleanup` when the node stops, last one first; each is awaited within the node's stop limit. */
  defer(cleanup: () => void | Promise<void>): void;
  /** Runs work in the background: if it rejects, the node fails. It must end when `signal` aborts. */
  task(work: (signal: AbortSignal) => Promise<void>): void;
  /** The node keeps working, but a resource that it needs is missing. `why`: a full sentence; repeating the same one has no cost. */
  degraded(why: string): void;
  /** The node works normally (again). */
  healthy(): void;
  /** Counts pictures lost before they became frames, such as broken ones, as skipped. */
  lost(pictures: number): void;
  /** The node cannot continue: it is stopped and restarted with back-off. */
  fail(cause: unknown): void;
  /** Listens on an address in the profile's form: "127.0.0.1:8080", "[::1]:8080", ":8080", "unix:/run/x.sock". Owned by the core. */
  listen(address: string): Promise<Listener>;
  /** Makes a path from the profile absolute, relative to the folder of the profile. */
  resolve(path: string): string;
  /** An absolute folder for data that must outlive camd, shared by all nodes of the profile. It may not exist yet. */
  readonly stateFolder: string;
  /** The running profile, limited to the nodes that this option names (default "from"). */
  profile(option?: string): ProfileAccess;
  /** Display names of cameras, and this node's report of them. */
  readonly cameras: Cameras;
  /** The daemon as a whole, for health and metrics. */
  readonly daemon: DaemonView;
  /** The kernel that runs the node, for a console: it gives more power than any other node needs. */
  readonly kernel: Kernel;
}

export interface Durable<T> {
  /** The inputs of the state, as JSON values: if they differ, a new state is created. */
  readonly same: readonly unknown[];
  create(): T | Promise<T>;
  dispose(value: T): void | Promise<void>;
}

export interface Listener {
  /** As a client would reach it: host, port (0 for a unix socket) and text. */
  readonly host: string;
  readonly port: number;
  readonly address: string;
  /** Passes new connections to `onConnection` while this node is in effect; only the newest caller receives them. Release to end it. */
  accept(onConnection: (socket: Socket) => void): Release;
}

/** A live view of another node, which may be replaced at any time. */
export interface Ref<P> {
  readonly id: string;
  /** The current port; undefined while that node is down. */
  current(): P | undefined;
  /** Runs `attach` now and for every replacement; runs the returned function when that provider stops or this node stops. */
  bind(attach: (port: P) => Release | undefined | void): void;
}

/**
 * How frames are delivered to a consumer.
 * - `live`: one at a time; per camera only the newest waits, the others are skipped and counted.
 * - `every`: one at a time, in order, none skipped; the queue is bounded and delays sources that wait.
 * - `through`: at once and without a queue, for nodes that pass frames on; their handler returns the result of `emit`.
 */
export type Delivery = 'live' | 'every' | 'through';

/** Processes one frame. Returning, or resolving the promise, acknowledges it; rejecting does not. */
export type FrameHandler = (frame: Frame, wait: boolean) => void | Promise<void>;

export interface EachOptions {
  readonly delivery: Delivery;
  /** `every` only: most frames in the queue. Default 16. */
  readonly queue?: number;
  /** `every` only: most frames in the handler at one time, each of another camera. Default 1: one by one over all cameras. */
  readonly parallel?: number;
  /**
   * `always` (default): on-demand sources run as long as this node does. `none`: they run only while `want` is held.
   */
  readonly demand?: 'always' | 'none';
}

export interface Input {
  /** Passes every frame to `handler` until the node stops. Call it once per input. */
  each(handler: FrameHandler, options: EachOptions): void;
  /** Cameras that upstream nodes can send: those that they have announced or sent. */
  cameras(): readonly string[];
  /**
   * Calls `listener` after a reload with the cameras that can no longer come. Release their frames, viewers and state; keep those of other
   * cameras.
   */
  onLeft(listener: (cameras: readonly string[]) => void): void;
  /** Requests frames, of one camera or of all, until released: starts on-demand sources. */
  want(camera?: string): Release;
  /** True if an upstream node answers requests of this kind for this camera. */
  answers(kind: RequestKind, camera: string): boolean;
  /**
   * Sends a request upstream, to the nearest node that answers it. Nodes that only pass frames on forward it. Concurrent captures of a
   * camera share one. Rejects with a Fault `no-answer` if no upstream node answers.
   */
  ask<Kind extends RequestKind>(
    kind: Kind,
    camera: string,
    args: Requests[Kind]['args'],
    signal: AbortSignal,
  ): Promise<Requests[Kind]['answer']>;
}

export interface Output {
  /** Numbers the picture and records its arrival time. */
  stamp(capture: Capture): Frame;
  /**
   * Sends a frame to all consumers. Resolves when every `every` consumer has acknowledged; rejects when one has refused.
   * With `wait`, a full queue delays the promise; without it, the frame is skipped for that consumer alone.
   */
  emit(frame: Frame, wait?: boolean): Promise<void>;
  /** True while a consumer acknowledges frames, itself or through its own consumers: only then is `emit` with `wait` meaningful. */
  acknowledged(): boolean;
  /**
   * Announces a camera, even before its first frame. A source that announces none may send any camera. A node with frame inputs announces
   * only the cameras that it creates itself; those of its inputs are known.
   */
  announce(camera: string): void;
  /** Withdraws an announced camera that no longer exists. Consumers keep its frames until these are stale. */
  withdraw(camera: string): void;
  /**
   * Calls `start` when the first consumer wants a camera (undefined: all); calls the returned function when the last one no longer does. A
   * node with frame inputs that does not call `onWant` passes wants on to them.
   */
  onWant(start: (camera: string | undefined) => Release): void;
  /**
   * Answers requests of this kind instead of passing them on. `cameras` selects the cameras; default: those that this node has announced,
   * and those for which an upstream node answers.
   */
  answer<Kind extends RequestKind>(
    kind: Kind,
    handler: RequestHandler<Kind>,
    cameras?: (camera: string) => boolean,
  ): void;
}

/** Requests, which travel upstream, against the flow of frames. */
export interface Requests {
  /** A picture taken now. */
  readonly capture: { readonly args: CaptureScope | undefined; readonly answer: Frame };
  /** A command for a camera. */
  readonly command: { readonly args: Command; readonly answer: Fact };
}

export type RequestKind = keyof Requests;

export type RequestHandler<Kind extends RequestKind> = (
  camera: string,
  args: Requests[Kind]['args'],
  signal: AbortSignal,
) => Promise<Requests[Kind]['answer']>;

export interface Command {
  readonly name: string;
  readonly args?: Fact;
}

/** Spans one request, or several related ones, that use cameras which a service keeps busy. */
export interface CaptureScope {
  /** Facts that the request adds to its pictures, such as `prefix`; a store adds them to their `meta`. */
  readonly facts?: Readonly<Record<string, Fact>>;
  /** Suspends the service unless this or another scope already has; it resumes when the last scope that entered it has ended. */
  enter(service: Ref<Service>): Promise<void>;
  /** Marks a capture in this scope as in progress: suspended services do not resume before the release. */
  hold(): Release;
}

/** Processes one frame on its way through a node: returns the frame to pass on, or undefined to drop it. */
export type PassStep = (frame: Frame, signal: AbortSignal) => Frame | undefined | Promise<Frame | undefined>;

export interface PassOptions {
  /** `live`: per camera only the newest frame waits for the step. `every`: all frames wait, in order. */
  readonly order: 'live' | 'every';
  /** Most frames in the step at one time, each of another camera. Default 1. */
  readonly parallel?: number;
  /** `wanted`: while no consumer wants a camera, its newest frame waits and the step does not run. Default `always`. */
  readonly work?: 'always' | 'wanted';
}

/** Counters and gauges of one node; names are snake_case, `_total` for counters. */
export interface Metrics {
  count(name: string, by?: number): void;
  gauge(name: string, read: () => number): void;
}

/** `use` → function that loads the module when a profile first uses it. Only the module itself has the type of its options. */
export type PluginList = Readonly<
  Record<string, () => Promise<{ readonly default: NodePlugin<never> | ParserPlugin<never> }>>
>;

export const defineNode = <Options>(plugin: NodePlugin<Options>): NodePlugin<Options> => plugin;
export const defineParser = <Options>(plugin: ParserPlugin<Options>): ParserPlugin<Options> => plugin;
