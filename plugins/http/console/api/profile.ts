// The profile's texts, problems, completion, plans and changes in the console's API.

import type { Problem } from '../../../../core/contract/problems.ts';
import type { TextPlace } from './nodes.ts';

export interface ProfileTexts {
  /** Revision of the texts of all files, which the client sends in If-Match. */
  readonly revision: string;
  /** The profile itself first, then included files. */
  readonly files: readonly ProfileFile[];
}

export interface ProfileFile {
  /** Absolute. */
  readonly path: string;
  /** For display: relative to the folder of the profile if it is below it. */
  readonly name: string;
  /** Secrets are tokens such as `__secret_Zx3…__`, which camd replaces on save. A token may be deleted, but not moved. */
  readonly text: string;
  /** True if camd may write the file. */
  readonly writable: boolean;
}

/** The new texts of files; omitted files stay unchanged. */
export interface Candidate {
  readonly files: readonly { readonly path: string; readonly text: string }[];
}

export interface Checked {
  /** The revision that the candidate was compared with. */
  readonly revision: string;
  readonly problems: readonly Problem[];
  /** Lines that may be changed only on the machine itself; with one of them `apply` is refused. */
  readonly fenced: readonly Fenced[];
  /** Present if there are no errors. */
  readonly plan?: Plan;
}

export interface Fenced {
  /** The node, or undefined for a key of the profile itself. */
  readonly node?: string;
  /** "command", "auth.basic.users"; "" for the node as a whole. */
  readonly path: string;
  readonly place?: TextPlace;
  /** A sentence that ends with "change this on the machine". */
  readonly message: string;
}

/** The effect of a planned or completed reload, node by node. */
export interface Plan {
  readonly kept: readonly string[];
  readonly relinked: readonly string[];
  readonly replaced: readonly string[];
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Number of open streams and viewers that end. */
  readonly cut: number;
  /** The nodes whose streams end. */
  readonly cutNodes: readonly string[];
  readonly values: readonly ValueLine[];
}

export interface ValueLine {
  readonly node?: string;
  readonly path: string;
  /** YAML text; undefined if it is not set. */
  readonly before?: string;
  readonly after?: string;
}

export interface Applied {
  /** The revision after the change. */
  readonly revision: string;
  readonly plan: Plan;
  /** The entry in the list of changes. */
  readonly change: string;
  readonly warnings: readonly Problem[];
}

export interface CompleteAt {
  readonly path: string;
  readonly text: string;
  /** UTF-16 code units from the start of the text, as in CodeMirror. */
  readonly offset: number;
}

export interface Completions {
  /** The range of the text that an item replaces. */
  readonly from: number;
  readonly to: number;
  readonly items: readonly CompletionItem[];
  /** Documentation of the word at the offset, for a tooltip. */
  readonly here?: { readonly from: number; readonly to: number; readonly title: string; readonly text: string };
}

export interface CompletionItem {
  readonly label: string;
  readonly is: 'key' | 'value' | 'node' | 'plugin' | 'variable';
  /** One line: type and default. */
  readonly detail?: string;
  /** Plain text. */
  readonly documentation?: string;
  /** The text to insert; default: the label. */
  readonly insert?: string;
}

export interface ChangeLine {
  /** Sorts by time. */
  readonly id: string;
  readonly at: number;
  /** "admin from 127.0.0.1", "camd reload", "SIGHUP", "a changed file". */
  readonly by: string;
  readonly ok: boolean;
  /** "1 replaced, 7 kept", or the reason of a refusal. */
  readonly summary: string;
  /** Milliseconds. */
  readonly took: number;
  /** True if the change can be undone because the text before it is stored. */
  readonly undo: boolean;
  /** Names of the files that differ. */
  readonly files: readonly string[];
}

export interface ChangeDetail extends ChangeLine {
  /** For a refused change, the plan as far as it was made. */
  readonly plan?: Plan;
  readonly problems: readonly Problem[];
  /** Only files that differ; secrets are tokens. */
  readonly texts: readonly { readonly name: string; readonly before: string; readonly after: string }[];
}

/** Restores the texts before this change. */
export interface Undo {
  /** True to get the effect without applying it: the reply is `Checked`, otherwise `Applied`. */
  readonly preview: boolean;
}
