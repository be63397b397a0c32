// What a node may ask of the kernel that runs it: the graph, the texts of the profile and what a change of them would do, logs and taps.

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
  /** Those of them that it can take a picture of when it is asked. */
  readonly captures: readonly string[];
}

export interface KernelReference {
  readonly option: string;
  readonly to: readonly string[];
  /** It names nodes for their frames. */
  readonly frames: boolean;
}

/** One value of a node as it is resolved; secrets are masked. */
export interface OptionLine {
  /** "fps", "auth.basic.users.admin", "cameras.left.device". */
  readonly path: string;
  /** YAML text of one line. */
  readonly value: string;
  /** As the file writes it, where that differs. */
  readonly written?: string;
  readonly secret: boolean;
  /** Where it stands; undefined for a default. */
  readonly place?: Place;
  readonly description: string;
}

/** The files of the profile, with a token in the place of every secret. */
export interface KernelTexts {
  /** Of the true texts. */
  readonly revision: string;
  /** The profile first, then what it includes. */
  readonly files: readonly KernelFile[];
}

export interface KernelFile {
  /** Absolute. */
  readonly path: string;
  readonly text: string;
  readonly writable: boolean;
}

/** By path; files that are left out stay as they are. Tokens stand for their secrets. */
export type CandidateTexts = ReadonlyMap<string, string>;

/** Something that only somebody who can write the files may change. */
export interface Fenced {
  /** undefined for a key of the profile itself. */
  readonly node?: string;
  /** "command", "auth.basic.users"; "" for the node as a whole. */
  readonly path: string;
  readonly place?: Place;
  /** A sentence that ends with "change this on the machine". */
  readonly message: string;
}

/** What a reload does to each node, by id. */
export interface KernelPlan {
  readonly kept: readonly string[];
  readonly relinked: readonly string[];
  readonly replaced: readonly string[];
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Running nodes whose paths are served no longer: what is open there ends. */
  readonly cut: readonly string[];
  /** Old and new values as YAML text, secrets masked; undefined where nothing is set. */
  readonly values: readonly {
    readonly node: string | undefined;
    readonly path: string;
    readonly before: string | undefined;
    readonly after: string | undefined;
  }[];
}

export interface CheckedCandidate {
  /** Of the texts that it was compared with. */
  readonly revision: string;
  readonly problems: readonly Problem[];
  readonly fenced: readonly Fenced[];
  /** Only without errors. */
  readonly plan?: KernelPlan;
  /** Node → the nodes whose frames it takes; of the candidate, only with a plan. */
  readonly sources?: ReadonlyMap<string, readonly string[]>;
}

export type AppliedCandidate =
  | { readonly ok: true; readonly revision: string; readonly plan: KernelPlan; readonly problems: readonly Problem[] }
  | {
      readonly ok: false;
      /** `stale`: a file has changed since `revision`. `not-applied`: the old files are back and the old graph runs on. */
      readonly reason: 'stale' | 'fenced' | 'invalid' | 'read-only' | 'failed' | 'not-applied' | 'refused';
      readonly message: string;
      readonly fenced: readonly Fenced[];
      readonly problems: readonly Problem[];
    };

export interface ApplyOptions {
  /** The revision for which the candidate was made. */
  readonly revision: string;
  /** Who changes it: "anna from 10.0.0.7". */
  readonly by: string;
  /** A reason not to, as a sentence; asked with the plan, before anything is written. */
  readonly allow?: (checked: CheckedCandidate) => string | undefined;
}

/** A reload that has ended, whoever asked for it. */
export interface ReloadEvent {
  readonly at: number;
  readonly took: number;
  readonly ok: boolean;
  readonly by: string;
  readonly summary: string;
  readonly problems: readonly Problem[];
  readonly plan?: KernelPlan;
  /** The true texts that it read, by path; for keeping them on this machine, never for showing them. */
  readonly texts: ReadonlyMap<string, string>;
}

/** What a node shows when it runs for a moment beside the graph. */
export interface Tried {
  /** The frames that came, the first one first. */
  readonly frames: readonly { readonly frame: Frame; readonly afterMs: number }[];
  readonly why?: string;
  readonly problems: readonly Problem[];
  readonly fenced: readonly Fenced[];
}

export interface TryOptions {
  readonly signal: AbortSignal;
  /** Frames after which it ends. */
  readonly frames: number;
  /** Milliseconds for the first one. */
  readonly firstMs: number;
  /** Milliseconds for those that follow. */
  readonly moreMs: number;
}

export interface TapOptions {
  /** Takes a frame; the next one waits until it resolves. `skipped`: frames that passed meanwhile. */
  frame(frame: Frame, skipped: number): void | Promise<void>;
  /** The node is gone. */
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
  /** Set ones first, then defaults; undefined when there is no such node. */
  options(node: string): Promise<readonly OptionLine[] | undefined>;
  /** The last lines that this node has logged, as JSON texts, the oldest first; secrets are masked. */
  log(node: string): readonly string[];
  /** Every line of a node that comes from now on. */
  onLog(listener: (node: string, line: string) => void): Release;
  /** Stops the node and starts it again; what outlives a reload outlives this. Rejects with a Fault when there is no such node. */
  restart(node: string): Promise<void>;
  /** A picture taken now. Rejects with a Fault. */
  capture(node: string, camera: string, signal: AbortSignal): Promise<Frame>;
  /** Frames that leave the node, as a further live consumer; undefined when none leave it. */
  tap(node: string, options: TapOptions): Release | undefined;
  texts(): Promise<KernelTexts>;
  /** Reads and plans these texts; nothing changes. */
  check(texts: CandidateTexts): Promise<CheckedCandidate>;
  /** Checks, saves and reloads; puts the old texts back when the reload is refused. Never rejects. */
  apply(texts: CandidateTexts, options: ApplyOptions): Promise<AppliedCandidate>;
  /** The true texts as they are now; for keeping them on this machine, never for showing them. */
  keep(): Promise<ReadonlyMap<string, string>>;
  /** The same texts with tokens. */
  conceal(texts: ReadonlyMap<string, string>): Promise<CandidateTexts>;
  /** `check` and `apply` of true texts that `keep` gave. */
  checkKept(texts: ReadonlyMap<string, string>): Promise<CheckedCandidate>;
  applyKept(texts: ReadonlyMap<string, string>, options: ApplyOptions): Promise<AppliedCandidate>;
  onReload(listener: (event: ReloadEvent) => void): Release;
  /** The text of a file with a node in it, behind the last one; undefined when it cannot be inserted safely. */
  insert(text: string, node: string, value: Readonly<Record<string, unknown>>): Promise<string | undefined>;
  /** Runs one node for a moment, beside the graph. */
  try(value: Readonly<Record<string, unknown>>, options: TryOptions): Promise<Tried>;
  /** What the plugins of the running profile see of this machine; `node` is "profile" for what validation finds. */
  examine(signal: AbortSignal): Promise<readonly (Observation & { readonly node: string; readonly place?: Place })[]>;
  /** Listeners and sockets that nodes hold: kind and normalised name. */
  claims(): readonly { readonly node: string; readonly kind: string; readonly name: string }[];
}
