// The profile's texts, problems, completion, plans and changes in the console's API.

import type { Problem } from '../../../../core/contract/problems.ts';
import type { TextPlace } from './nodes.ts';

export interface ProfileTexts {
  /** Of the texts of all files; sent back in If-Match. */
  readonly revision: string;
  /** The profile itself first, then what it includes. */
  readonly files: readonly ProfileFile[];
}

export interface ProfileFile {
  /** Absolute. */
  readonly path: string;
  /** For people: relative to the folder of the profile where it lies below it. */
  readonly name: string;
  /** Secrets are tokens such as `__secret_Zx3…__`, which are put back on save; each stays where it is, or goes. */
  readonly text: string;
  /** camd may write it. */
  readonly writable: boolean;
}

/** What the files are to be; those that are left out stay. */
export interface Candidate {
  readonly files: readonly { readonly path: string; readonly text: string }[];
}

export interface Checked {
  /** The revision that it was compared with. */
  readonly revision: string;
  readonly problems: readonly Problem[];
  /** Lines that only the machine may change; with one of them `apply` is refused. */
  readonly fenced: readonly Fenced[];
  /** Only when there are no errors. */
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

/** What the reload would do, or did, node by node. */
export interface Plan {
  readonly kept: readonly string[];
  readonly relinked: readonly string[];
  readonly replaced: readonly string[];
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Open streams and viewers that end. */
  readonly cut: number;
  /** The nodes whose streams end. */
  readonly cutNodes: readonly string[];
  readonly values: readonly ValueLine[];
}

export interface ValueLine {
  readonly node?: string;
  readonly path: string;
  /** YAML text; undefined where it is not set. */
  readonly before?: string;
  readonly after?: string;
}

export interface Applied {
  /** After the change. */
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
  /** What is known of the word at the offset, for a tooltip. */
  readonly here?: { readonly from: number; readonly to: number; readonly title: string; readonly text: string };
}

export interface CompletionItem {
  readonly label: string;
  readonly is: 'key' | 'value' | 'node' | 'plugin' | 'variable';
  /** One line: type and default. */
  readonly detail?: string;
  /** Plain text. */
  readonly documentation?: string;
  /** The text to put in; the label when it is left out. */
  readonly insert?: string;
}

export interface ChangeLine {
  /** Sorts by time. */
  readonly id: string;
  readonly at: number;
  /** "admin from 127.0.0.1", "camd reload", "SIGHUP", "a changed file". */
  readonly by: string;
  readonly ok: boolean;
  /** "1 replaced, 7 kept", or why it was refused. */
  readonly summary: string;
  /** Milliseconds. */
  readonly took: number;
  /** It can be undone: the text before it is kept. */
  readonly undo: boolean;
  /** Names of the files that differ. */
  readonly files: readonly string[];
}

export interface ChangeDetail extends ChangeLine {
  /** Of a refused one: as far as it was known. */
  readonly plan?: Plan;
  readonly problems: readonly Problem[];
  /** Only files that differ; secrets are tokens. */
  readonly texts: readonly { readonly name: string; readonly before: string; readonly after: string }[];
}

/** Puts the texts back as they were before this change. */
export interface Undo {
  /** Only says what it would do: the reply is `Checked`, otherwise `Applied`. */
  readonly preview: boolean;
}
