// The running profile as a node may read and change it: only options that the profile marks as editable.

import type { Problem } from './problems.ts';

export type OptionValue =
  | string
  | number
  | boolean
  | null
  | readonly OptionValue[]
  | { readonly [key: string]: OptionValue };

/** The schema of an option, or of a part of it, for a settings page: without everything that only the file may set. */
export interface EditableOption {
  readonly description: string;
  /** "string", "integer", "number", "boolean", "object", "array"; several if it accepts several. */
  readonly types: readonly string[];
  readonly required: boolean;
  readonly default?: OptionValue;
  readonly enum?: readonly OptionValue[];
  readonly minimum?: number;
  readonly maximum?: number;
  /** For strings. */
  readonly pattern?: string;
  /** Set if it names nodes of the profile: the allowed ones. */
  readonly nodes?: readonly string[];
  /** For a map: the entries that may be set, by name. */
  readonly properties?: Readonly<Record<string, EditableOption>>;
  /** For a map whose entries are named by the user: the schema of each entry, and usual names. */
  readonly entries?: EditableOption;
  readonly names?: readonly string[];
}

/** A node of the running profile whose options may be edited. */
export interface EditableNode {
  readonly id: string;
  readonly use: string;
  /** Only options whose schema says `editable`; as the plugin receives them, with defaults. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly editable: Readonly<Record<string, EditableOption>>;
}

export interface ProfileView {
  /** Of the texts of all files; a change names the revision that it was made for. */
  readonly revision: string;
  readonly nodes: readonly EditableNode[];
}

export type ProfileEdit =
  /** `inside` is the path from the option to an entry of it, such as ["left", "width"] in `cameras`; missing maps are created. */
  | {
      readonly is: 'set';
      readonly node: string;
      readonly option: string;
      readonly inside?: readonly string[];
      readonly value: OptionValue;
    }
  /** Resets to the default. A map that would become empty is removed too. */
  | { readonly is: 'unset'; readonly node: string; readonly option: string; readonly inside?: readonly string[] }
  /** Adds a node of the same plugin as `like` to every list that names `like`. */
  | {
      readonly is: 'add';
      readonly node: string;
      readonly like: string;
      readonly options: Readonly<Record<string, OptionValue>>;
    }
  /** Removes the node, and its name from every list. */
  | { readonly is: 'remove'; readonly node: string };

/** One file before and after; secrets are masked in both. */
export interface FileChange {
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

export type ChangeRefusal =
  /** A file has changed since `revision`; `files` shows its current text and the text that the change would produce. */
  | 'stale'
  /** The edit names a node or an option that may not be changed from here. */
  | 'forbidden'
  /** The text cannot be edited safely. */
  | 'impossible'
  /** The profile would be invalid; see `problems`. */
  | 'invalid'
  /** camd may not write the file; `files` has the text to put there by hand. */
  | 'read-only'
  | 'failed'
  /** The new profile could not be started; the old files are restored and everything keeps running. */
  | 'not-applied';

export type ProfileChange =
  | { readonly ok: true; readonly revision: string; readonly files: readonly FileChange[] }
  | {
      readonly ok: false;
      readonly reason: ChangeRefusal;
      readonly message: string;
      readonly files: readonly FileChange[];
      readonly problems: readonly Problem[];
    };

export interface ChangeOptions {
  readonly revision: string;
  /** The author of the change, for the log. */
  readonly by: string;
  /** Only checks the change and shows its effect. */
  readonly preview?: boolean;
}

/** Provided by the core; limited to the nodes that the plugin's own options name. */
export interface ProfileAccess {
  read(): Promise<ProfileView>;
  /** Applies all edits or none. Checked in memory, saved, reloaded; undone if the reload is refused. Never rejects. */
  change(edits: readonly ProfileEdit[], options: ChangeOptions): Promise<ProfileChange>;
}
