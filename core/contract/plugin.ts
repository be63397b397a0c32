// The contract between the core and a plugin: the plugin object and the node context that it gets.

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

/** What `start` gives back: the ports that the schema's `provides` promises, all but `frames`. */
export type Provided = Partial<Ports>;

/** A plugin that runs as a node. A factory: state lives in the closure of `start`, never in the module. */
export interface NodePlugin<Options = Record<string, unknown>> {
  /**
   * Brings the node up and returns its ports. It resolves as soon as the node can do its work or knows that it must wait for a
   * device (`node.degraded`); throwing means that the node failed, and it is tried again with back-off.
   */
  start(node: Node<Options>): Provided | void | Promise<Provided | void>;
  /**
   * Everything that the schema cannot say and the profile alone decides, such as two options that exclude each other. Pure and
   * fast; run by `camd validate`, before a start and before a reload, on options that fit the schema.
   */
  check?(options: Options, view: CheckView): readonly Finding[];
  /**
   * For plugins that provide `frames`: what their options say about them. Without it, they are those of the node's inputs. Pure and fast,
   * on options that fit the schema.
   */
  frames?(options: Options, view: CheckView): FrameFacts;
  /**
   * What this machine says about the options, such as that a device is not there; for `camd validate` alone. It may look and must
   * not change anything. `resolve` makes a path of the profile absolute.
   */
  inspect?(options: Options, signal: AbortSignal, resolve: (path: string) => string): Promise<readonly Finding[]>;
  /**
   * What `camd doctor` asks: whether what the node needs is there and answers, such as a server, a package or a camera. It may open
   * connections, and sends credentials to nobody but the server that they are for. camd ends it after 15 s.
   */
  examine?(options: Options, view: ExamineView): AsyncIterable<Observation>;
  /** Subcommands that the plugin adds to the command line, such as `camd clients`. */
  readonly commands?: Readonly<Record<string, PluginCommand<Options>>>;
}

/** `camd NAME ARGUMENTS… --config P`, for the node of the profile that uses this plugin. Returns the lines to print. */
export interface PluginCommand<Options> {
  readonly summary: string;
  readonly usage: string;
  /** The command runs for every node that uses the plugin, one after the other; otherwise --node chooses one of several. */
  readonly each?: boolean;
  /** `resolve` makes a path of the profile absolute, as `node.resolve` does. */
  run(options: Options, args: readonly string[], resolve: (path: string) => string): Promise<readonly string[]>;
}

/** `camd NAME ARGUMENTS…`: a command that a plugin offers without any profile, such as one that lists devices. */
export interface StandaloneCommand {
  readonly summary: string;
  readonly usage: string;
  /** Returns the text to print. A Fault of blame `profile` says that the arguments are wrong. */
  run(args: readonly string[], signal: AbortSignal): Promise<string>;
}

/** Name → how its module is loaded, when somebody asks for it. */
export type StandaloneCommandList = Readonly<Record<string, () => Promise<{ readonly default: StandaloneCommand }>>>;

/** A plugin that turns bytes into pictures, named by a source's `parse:`. Pure: no I/O, no clock. */
export interface ParserPlugin<Options = Record<string, unknown>> {
  create(options: Options, sink: ParserSink, context: ParserContext): Parser;
}

export interface Parser {
  /**
   * The next bytes, in any chunking. They are only lent: the caller, or another source, reuses the memory after the call, unless
   * `given` of the context says otherwise.
   */
  push(chunk: Buffer): void;
  /** The stream has ended; what is whole is handed on, what is cut short is reported as skipped. */
  end(): void;
}

export interface ParserSink {
  image(image: ParsedImage): void;
  /** Bytes that are no picture. `reason` is a constant phrase, such as "truncated" or "over max_frame". */
  skipped(bytes: number, reason: string): void;
  /**
   * The stream deviates from its format, and its pictures are good all the same. A code in snake_case, such as "boundary_glued"; the
   * source counts it, and names it once in the log.
   */
  odd?(code: string): void;
}

export interface ParsedImage extends Image {
  /** When the stream itself told the capture time: milliseconds since the epoch. */
  readonly time?: number;
  readonly meta?: Readonly<Record<string, Fact>>;
}

export interface ParserContext {
  /** The Content-Type of the response, where there is one: a multipart parser finds its boundary there. */
  readonly contentType?: string;
  /**
   * All chunks are given, not lent: they stay as they are, and the parser may keep them instead of a copy. `headroom`: there is one
   * chunk, and it lies in a buffer from `allocate`.
   */
  readonly given?: 'bare' | 'headroom';
}

/** Makes parsers with the options that the profile gives under `parse:`. */
export type ParserFactory = (sink: ParserSink, context?: ParserContext) => Parser;

/** A picture that a source wants to send on its way. */
export interface Capture extends ParsedImage {
  /** The source's own id of this picture, such as a message id, the same when it is sent again; a ULID when there is none. */
  readonly key?: string;
  /** The node's own id by default. */
  readonly camera?: string;
}

/** All that a running node sees of the world. */
export interface Node<Options> {
  readonly id: string;
  readonly use: string;
  /** Checked, defaults filled in, durations as milliseconds, sizes as bytes, rates per second. */
  readonly options: Options;
  readonly log: Log;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** Memory for what clients and cameras send, shared by all nodes: reserve before you keep it. */
  readonly memory: Memory;
  /** Aborted when the node must end. */
  readonly signal: AbortSignal;
  /** Frames out, for plugins that provide `frames`. */
  readonly output: Output;
  /** Frames in, from the nodes that this option names ("from" unless told otherwise). */
  input(option?: string): Input;
  /**
   * For nodes that only change, drop or delay frames: each frame of the input "from" goes through `step` and on to the output, and
   * so does each picture captured on demand. Wants, requests and acknowledgements pass through the node by themselves.
   */
  pass(step: PassStep, options: PassOptions): void;
  /** The node that this option names; throws when the option is not set. */
  ref<P extends keyof Ports>(option: string, port: P): Ref<Ports[P]>;
  /** The nodes that this option names, one or a list; empty when it is not set. */
  refs<P extends keyof Ports>(option: string, port: P): readonly Ref<Ports[P]>[];
  /** Parsers as the option `parse` asks for them; undefined when it is not set. */
  readonly parser: ParserFactory | undefined;
  /**
   * State that outlives this instance: over reloads, roll-backs and renames. The state of that name that a predecessor has left, when
   * `same` is the same as then, or a new one. It is disposed of when no node has it any more. Use it while this node is in effect
   * only (see `whileActive`): during a reload the predecessor works with it until every new node has started.
   */
  durable<T>(name: string, options: Durable<T>): Promise<T>;
  /** Runs when this instance takes effect; what it returned runs when another instance does, or when the node stops. */
  whileActive(attach: () => Release | undefined | void): void;
  /** Runs when the node stops, last one first; each is awaited within the node's stop bound. */
  defer(cleanup: () => void | Promise<void>): void;
  /** Work in the background: its rejection fails the node. It must end when `signal` aborts. */
  task(work: (signal: AbortSignal) => Promise<void>): void;
  /** The node works on, but something that it needs is away. A full sentence; repeated calls with the same one are free. */
  degraded(why: string): void;
  /** All is well (again). */
  healthy(): void;
  /** Pictures that were lost before they became frames, such as broken ones: they count as skipped. */
  lost(pictures: number): void;
  /** The node cannot go on: it is stopped and started again with back-off. */
  fail(cause: unknown): void;
  /** The address in the profile's form: "127.0.0.1:8080", "[::1]:8080", ":8080", "unix:/run/x.sock". Owned by the core. */
  listen(address: string): Promise<Listener>;
  /** A path from the profile, made absolute against the folder of the profile. */
  resolve(path: string): string;
  /** An absolute folder for what must outlive camd, shared by all nodes of the profile. It may not exist yet. */
  readonly stateFolder: string;
  /** The running profile, limited to the nodes that this option names ("from" unless told otherwise). */
  profile(option?: string): ProfileAccess;
  /** Display names of cameras, and what this node reports of them. */
  readonly cameras: Cameras;
  /** The daemon as a whole, for health and metrics. */
  readonly daemon: DaemonView;
  /** The kernel that runs the node, for a console: more power over it than any other node needs. */
  readonly kernel: Kernel;
}

export interface Durable<T> {
  /** What the state depends on, as JSON values: with other ones a new state is made. */
  readonly same: readonly unknown[];
  create(): T | Promise<T>;
  dispose(value: T): void | Promise<void>;
}

export interface Listener {
  /** As a client would reach it: host, port (0 for a unix socket) and text. */
  readonly host: string;
  readonly port: number;
  readonly address: string;
  /** Every new connection while this node is in effect; only the newest caller gets them. The release ends that. */
  accept(onConnection: (socket: Socket) => void): Release;
}

/** A live view of another node: it may be replaced while it is referred to. */
export interface Ref<P> {
  readonly id: string;
  /** The port as it is now; undefined while that node is down. */
  current(): P | undefined;
  /** `attach` runs now and for every replacement; what it returned runs when that provider goes or this node stops. */
  bind(attach: (port: P) => Release | undefined | void): void;
}

/**
 * How frames are handed to a consumer.
 * - `live`: one at a time; of each camera only the newest waits, the others are skipped and counted.
 * - `every`: one at a time, in order, none skipped; the queue is bounded and pushes back on sources that wait.
 * - `through`: at once and without a queue, for nodes that pass frames on; their handler returns what `emit` returned.
 */
export type Delivery = 'live' | 'every' | 'through';

/** Takes one frame. Returning, or the promise resolving, acknowledges it; rejecting does not. */
export type FrameHandler = (frame: Frame, wait: boolean) => void | Promise<void>;

export interface EachOptions {
  readonly delivery: Delivery;
  /** `every` only: frames that may wait. Default 16. */
  readonly queue?: number;
  /** `every` only: frames with the handler at one time, each of another camera. Default 1: one by one over all cameras. */
  readonly parallel?: number;
  /**
   * `always` (default): sources on demand run for as long as this node does. `none`: they run only while `want` is held.
   */
  readonly demand?: 'always' | 'none';
}

export interface Input {
  /** Hands every frame to `handler` until the node stops. Once per input. */
  each(handler: FrameHandler, options: EachOptions): void;
  /** Cameras that can come from the nodes upstream: those that they have announced or sent. */
  cameras(): readonly string[];
  /**
   * Called after a reload with the cameras that can no longer come. Whoever holds their frames, viewers or state lets go of them;
   * what is held of other cameras stays.
   */
  onLeft(listener: (cameras: readonly string[]) => void): void;
  /** Asks for frames to flow, of one camera or of all, until released: starts sources on demand. */
  want(camera?: string): Release;
  /** True when a node upstream answers requests of this kind for this camera. */
  answers(kind: RequestKind, camera: string): boolean;
  /**
   * Sends a request against the flow of frames, to the nearest node upstream that answers it. Nodes that only pass frames on
   * forward it. Concurrent captures of a camera share one. Rejects with a Fault `no-answer` when no node upstream answers.
   */
  ask<Kind extends RequestKind>(
    kind: Kind,
    camera: string,
    args: Requests[Kind]['args'],
    signal: AbortSignal,
  ): Promise<Requests[Kind]['answer']>;
}

export interface Output {
  /** Numbers the picture and stamps its arrival. */
  stamp(capture: Capture): Frame;
  /**
   * Sends a frame to all consumers. Resolves when every `every` consumer has acknowledged; rejects when one refused.
   * With `wait` a full queue holds the promise back; without it the frame is skipped for that consumer alone.
   */
  emit(frame: Frame, wait?: boolean): Promise<void>;
  /** True while some consumer acknowledges frames, itself or for those behind it: only then says `emit` with `wait` anything. */
  acknowledged(): boolean;
  /**
   * This camera exists, even if no frame has come yet. A source that announces none may send any. A node with frames inputs
   * announces the cameras that it makes itself; those of its inputs are known.
   */
  announce(camera: string): void;
  /** A camera that this node has announced exists no more. What consumers hold of it, they keep until it is stale. */
  withdraw(camera: string): void;
  /**
   * Called when the first consumer wants a camera (undefined: all); what it returns runs when the last one is gone. A node that
   * has frames inputs and does not call this passes wants on to them.
   */
  onWant(start: (camera: string | undefined) => Release): void;
  /**
   * Answers requests of this kind instead of passing them on. `cameras` says for which; by default those that this node has
   * announced, and those for which a node upstream answers.
   */
  answer<Kind extends RequestKind>(
    kind: Kind,
    handler: RequestHandler<Kind>,
    cameras?: (camera: string) => boolean,
  ): void;
}

/** What travels against the flow of frames. */
export interface Requests {
  /** A picture taken now. */
  readonly capture: { readonly args: CaptureScope | undefined; readonly answer: Frame };
  /** Something that a camera is to do. */
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

/** For as long as one request, or several that belong together, use cameras that a service keeps busy. */
export interface CaptureScope {
  /** What the request says of its pictures, such as `prefix`; a store adds it to their `meta`. */
  readonly facts?: Readonly<Record<string, Fact>>;
  /** Suspends the service unless this scope or another one has; it resumes when the last scope that entered it has ended. */
  enter(service: Ref<Service>): Promise<void>;
  /** A capture in this scope is under way: what was entered does not resume before this is released. */
  hold(): Release;
}

/** One frame on its way through a node: returns what is passed on, or undefined to drop it. */
export type PassStep = (frame: Frame, signal: AbortSignal) => Frame | undefined | Promise<Frame | undefined>;

export interface PassOptions {
  /** `live`: of each camera only the newest frame waits for the step. `every`: all of them wait, in order. */
  readonly order: 'live' | 'every';
  /** Frames with the step at one time, each of another camera. Default 1. */
  readonly parallel?: number;
  /** `wanted`: while no consumer wants a camera, its newest frame waits and the step does not run. Default `always`. */
  readonly work?: 'always' | 'wanted';
}

/** Counters and gauges of one node; names are snake_case, `_total` for counters. */
export interface Metrics {
  count(name: string, by?: number): void;
  gauge(name: string, read: () => number): void;
}

/** `use` → how its module is loaded, when a profile first uses it. Only the module itself knows the type of its options. */
export type PluginList = Readonly<
  Record<string, () => Promise<{ readonly default: NodePlugin<never> | ParserPlugin<never> }>>
>;

export const defineNode = <Options>(plugin: NodePlugin<Options>): NodePlugin<Options> => plugin;
export const defineParser = <Options>(plugin: ParserPlugin<Options>): ParserPlugin<Options> => plugin;
