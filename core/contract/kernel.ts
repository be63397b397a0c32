// The kernel as a node may use it: the graph, the texts of the profile and the effect of changing them, logs and taps.

import type { Observation } from './examine.ts';
import type { Frame } from './frame.ts';
import type { Release } from './ports.ts';
import type { Place, Problem } from './problems.ts';
import type { OptionSchema, PluginSchema } from './schema.ts';

/** A node of the running profile. */
export interface KernelNode {
  readonly id: string;
  readonly use: string;
  readonly provides: readonly string[];
  readonly references: readonly KernelReference[];
  readonly place: Place;
  /** Cameras whose frames can leave it. */
  readonly cameras: readonly string[];
  /** Those of its cameras that it can capture on request. */
  readonly captures: readonly string[];
}

export interface KernelReference {
  readonly option: string;
  readonly to: readonly string[];
  /** True if it names nodes for their frames. */
  readonly frames: boolean;
}

/** One resolved value of a node; secrets are masked. */
export interface OptionLine {
  /** "fps", "auth.basic.users.admin", "cameras.left.device". */
  readonly path: string;
  /** YAML text of one line. */
  readonly value: string;
  /** As written in the file, if different. */
  readonly written?: string;
  readonly secret: boolean;
  /** Position in the file; undefined for a default. */
  readonly place?: Place;
  readonly description: string;
}

/** The files of the profile, with every secret replaced by a token. */
export interface KernelTexts {
  /** Of the original texts. */
  readonly revision: string;
  /** The profile first, then the files that it includes. */
  readonly files: readonly KernelFile[];
}

export interface KernelFile {
  /** Absolute. */
  readonly path: string;
  readonly text: string;
  readonly writable: boolean;
}

/** By path; omitted files stay unchanged. Tokens stand for their secrets. */
export type CandidateTexts = ReadonlyMap<string, string>;

/** A change that only a user with write access to the files may make. */
export interface Fenced {
  /** undefined for a key of the profile itself. */
  readonly node?: string;
  /** "command", "auth.basic.users"; "" for the node as a whole. */
  readonly path: string;
  readonly place?: Place;
  /** A sentence that ends with "change this on the machine". */
  readonly message: string;
}

/** The effect of a reload on each node, by id. */
export interface KernelPlan {
  readonly kept: readonly string[];
  readonly relinked: readonly string[];
  readonly replaced: readonly string[];
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Running nodes whose paths are no longer served: their open streams end. */
  readonly cut: readonly string[];
  /** Old and new values as YAML text, secrets masked; undefined if not set. */
  readonly values: readonly {
    readonly node: string | undefined;
    readonly path: string;
    readonly before: string | undefined;
    readonly after: string | undefined;
  }[];
}

export interface CheckedCandidate {
  /** Of the texts that the candidate was compared with. */
  readonly revision: string;
  readonly problems: readonly Problem[];
  readonly fenced: readonly Fenced[];
  /** Present only without errors. */
  readonly plan?: KernelPlan;
  /** Node → the nodes whose frames it receives, in the candidate; present only with a plan. */
  readonly sources?: ReadonlyMap<string, readonly string[]>;
}

export type AppliedCandidate =
  | { readonly ok: true; readonly revision: string; readonly plan: KernelPlan; readonly problems: readonly Problem[] }
  | {
      readonly ok: false;
      /** `stale`: a file has changed since `revision`. `not-applied`: the old files are restored and the old graph keeps running. */
      readonly reason: 'stale' | 'fenced' | 'invalid' | 'read-only' | 'failed' | 'not-applied' | 'refused';
      readonly message: string;
      readonly fenced: readonly Fenced[];
      readonly problems: readonly Problem[];
    };

export interface ApplyOptions {
  /** The revision for which the candidate was made. */
  readonly revision: string;
  /** The author of the change: "anna from 10.0.0.7". */
  readonly by: string;
  /** Returns a reason to refuse the change, as a sentence. Called with the plan, before any file is written. */
  readonly allow?: (checked: CheckedCandidate) => string | undefined;
}

/** A reload that has ended, of any origin. */
export interface ReloadEvent {
  readonly at: number;
  readonly took: number;
  readonly ok: boolean;
  readonly by: string;
  readonly summary: string;
  readonly problems: readonly Problem[];
  readonly plan?: KernelPlan;
  /** The original texts that it read, by path; may be kept on this machine, must never be shown. */
  readonly texts: ReadonlyMap<string, string>;
}

/** The result of running a node briefly beside the graph. */
export interface Tried {
  /** The frames received, in order. */
  readonly frames: readonly { readonly frame: Frame; readonly afterMs: number }[];
  readonly why?: string;
  readonly problems: readonly Problem[];
  readonly fenced: readonly Fenced[];
}

export interface TryOptions {
  readonly signal: AbortSignal;
  /** Ends after this many frames. */
  readonly frames: number;
  /** Milliseconds to wait for the first frame. */
  readonly firstMs: number;
  /** Milliseconds to wait for the following frames. */
  readonly moreMs: number;
}

export interface TapOptions {
  /** Receives a frame; the next one waits until the promise resolves. `skipped`: frames that passed in the meantime. */
  frame(frame: Frame, skipped: number): void | Promise<void>;
  /** The node was removed. */
  end(): void;
}

export interface Kernel {
  /** The path of the profile. */
  readonly profile: string;
  nodes(): readonly KernelNode[];
  /** Names of all plugins. */
  uses(): readonly string[];
  schema(use: string): PluginSchema | undefined;
  /** The schema of the profile's own keys. */
  profileSchema(): OptionSchema;
  /** Options that are set first, then defaults; undefined if there is no such node. */
  options(node: string): Promise<readonly OptionLine[] | undefined>;
  /** The latest log lines of this node, as JSON texts, oldest first; secrets are masked. */
  log(node: string): readonly string[];
  /** Calls `listener` for every further log line of a node, until released. */
  onLog(listener: (node: string, line: string) => void): Release;
  /** Stops the node and starts it again; state that survives a reload survives this. Rejects with a Fault if there is no such node. */
  restart(node: string): Promise<void>;
  /** Takes a picture now. Rejects with a Fault. */
  capture(node: string, camera: string, signal: AbortSignal): Promise<Frame>;
  /** Subscribes to the frames of the node as a further live consumer; undefined if the node sends none. */
  tap(node: string, options: TapOptions): Release | undefined;
  texts(): Promise<KernelTexts>;
  /** Reads and plans these texts without changing anything. */
  check(texts: CandidateTexts): Promise<CheckedCandidate>;
  /** Checks, saves and reloads; restores the old texts if the reload is refused. Never rejects. */
  apply(texts: CandidateTexts, options: ApplyOptions): Promise<AppliedCandidate>;
  /** The current original texts; may be kept on this machine, must never be shown. */
  keep(): Promise<ReadonlyMap<string, string>>;
  /** The same texts with tokens in place of secrets. */
  conceal(texts: ReadonlyMap<string, string>): Promise<CandidateTexts>;
  /** `check` and `apply` for original texts from `keep`. */
  checkKept(texts: ReadonlyMap<string, string>): Promise<CheckedCandidate>;
  applyKept(texts: ReadonlyMap<string, string>, options: ApplyOptions): Promise<AppliedCandidate>;
  onReload(listener: (event: ReloadEvent) => void): Release;
  /** The text of a file with a node inserted after the last one; undefined if it cannot be inserted safely. */
  insert(text: string, node: string, value: Readonly<Record<string, unknown>>): Promise<string | undefined>;
  /** Runs one node briefly, beside the graph. */
  try(value: Readonly<Record<string, unknown>>, options: TryOptions): Promise<Tried>;
  /** Examines this machine with the plugins of the running profile; `node` is "profile" for the findings of validation. */
  examine(signal: AbortSignal): Promise<readonly (Observation & { readonly node: string; readonly place?: Place })[]>;
  /** Listeners and sockets held by nodes: kind and normalised name. */
  claims(): readonly { readonly node: string; readonly kind: string; readonly name: string }[];
}
