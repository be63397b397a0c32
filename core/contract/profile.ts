// The running profile as a node may see and change it: options that the profile marks as editable, and nothing else.

import type { Problem } from './problems.ts';

export type OptionValue =
  | string
  | number
  | boolean
  | null
  | readonly OptionValue[]
  | { readonly [key: string]: OptionValue };

/** What may stand in an option, or inside it, when a page sets it: its schema without all that only the file may set. */
export interface EditableOption {
  readonly description: string;
  /** "string", "integer", "number", "boolean", "object", "array"; more than one where it takes several. */
  readonly types: readonly string[];
  readonly required: boolean;
  readonly default?: OptionValue;
  readonly enum?: readonly OptionValue[];
  readonly minimum?: number;
  readonly maximum?: number;
  /** Of texts. */
  readonly pattern?: string;
  /** It names nodes of the profile: these. */
  readonly nodes?: readonly string[];
  /** Of a map: the entries that may be set, by name. */
  readonly properties?: Readonly<Record<string, EditableOption>>;
  /** Of a map whose entries have names of the user's: what each of them is, and usual names. */
  readonly entries?: EditableOption;
  readonly names?: readonly string[];
}

/** A node whose options may be edited, as it is in the running profile. */
export interface EditableNode {
  readonly id: string;
  readonly use: string;
  /** Only options whose schema says `editable`; as the plugin gets them, defaults filled in. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly editable: Readonly<Record<string, EditableOption>>;
}

export interface ProfileView {
  /** Of the texts of all files; a change names the one that it was made for. */
  readonly revision: string;
  readonly nodes: readonly EditableNode[];
}

export type ProfileEdit =
  /** `inside` leads from the option to an entry of it, such as ["left", "width"] in `cameras`; maps on the way are made. */
  | {
      readonly is: 'set';
      readonly node: string;
      readonly option: string;
      readonly inside?: readonly string[];
      readonly value: OptionValue;
    }
  /** Back to the default. A map that would be empty goes too. */
  | { readonly is: 'unset'; readonly node: string; readonly option: string; readonly inside?: readonly string[] }
  /** A node of the same plugin as `like`, which is added to every list that names `like`. */
  | {
      readonly is: 'add';
      readonly node: string;
      readonly like: string;
      readonly options: Readonly<Record<string, OptionValue>>;
    }
  /** The node goes, and its name from every list. */
  | { readonly is: 'remove'; readonly node: string };

/** One file before and after; secrets are starred out in both. */
export interface FileChange {
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

export type ChangeRefusal =
  /** A file has changed since `revision`; `files` shows it as it is now and as the change would make it. */
  | 'stale'
  /** The edit names a node or an option that may not be changed from here. */
  | 'forbidden'
  /** The text cannot be edited safely. */
  | 'impossible'
  /** The profile would be wrong; `problems` say how. */
  | 'invalid'
  /** The file system does not let camd write; `files` has the text to put there by hand. */
  | 'read-only'
  | 'failed'
  /** The new profile could not be brought up; the old files are back and everything runs on. */
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
  /** Who changes it, for the log. */
  readonly by: string;
  /** Only checks and shows what would change. */
  readonly preview?: boolean;
}

/** Given by the core; limited to the nodes that the plugin's own options name. */
export interface ProfileAccess {
  read(): Promise<ProfileView>;
  /** All edits or none. Checked in memory, saved, reloaded; put back when the reload is refused. Never rejects. */
  change(edits: readonly ProfileEdit[], options: ChangeOptions): Promise<ProfileChange>;
}
