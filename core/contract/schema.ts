// The types of plugin schemas: JSON Schema 2020-12 with camd's own keywords.

import type { Unit } from '../base/units.ts';
import type { Delivery } from './plugin.ts';
import type { PortName } from './ports.ts';

/** Resources that only one node may own. */
export type ResourceKind = 'address' | 'socket' | 'device' | 'file' | 'folder' | 'client-id';

export type JsonType = 'string' | 'number' | 'integer' | 'boolean' | 'object' | 'array' | 'null';

/**
 * Who may change an option remotely, by editing the profile without write access to its files. `none`: anyone who may edit. `machine`: no
 * user, since it gives power over the machine. `path`: allowed if it leads into the state folder. `target`: an address to which the node
 * connects; not in a node that holds a secret, which would be sent there. An option without a class counts as `machine`.
 */
export type Power = 'none' | 'target' | 'path' | 'machine';

/** Keywords beyond those that validate a value. */
export interface OptionKeywords {
  readonly unit?: Unit;
  readonly least?: string;
  readonly most?: string;
  /** A smaller value is allowed with a warning. */
  readonly advised?: string;
  /** The named file, folder or program must exist on this machine; `camd validate` checks it. For a list, only the first item. */
  readonly exists?: 'file' | 'folder' | 'program';
  /** A name from core/base/formats.ts. */
  readonly format?: string;
  readonly reference?: { readonly ports: readonly PortName[]; readonly delivery?: Delivery };
  readonly secret?: boolean;
  readonly claim?: ResourceKind;
  /** The option that names the server on which this path is served. */
  readonly route?: string;
  /** The path leads to a page for people; the address of the first one is shown when camd has started. */
  readonly page?: boolean;
  readonly parse?: boolean;
  /**
   * A settings page may change it. Never set it on an option that gives power: commands, paths, addresses, secrets. Inside a map each
   * property needs its own `editable`. `pattern` restricts the texts that a page may set.
   */
  readonly editable?: boolean | { readonly pattern: string };
  /** At the top of a schema, `machine`: nodes of this plugin cannot be added, changed or removed remotely. */
  readonly power?: Power;
  /** Other common names of the option or, at the top of a schema, of the plugin; for suggestions, in lower case. */
  readonly aliases?: readonly string[];
  /** Former names of this map's options → present names: they stay valid for ever, with a warning. */
  readonly renamed?: Readonly<Record<string, string>>;
  /** `pattern` in words, to complete the sentence "… is not": "a width and a height, such as 1280x720". */
  readonly form?: string;
}

/** The schema of one option, or of a part of it. */
export interface OptionSchema extends OptionKeywords {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, OptionSchema>>;
  readonly title?: string;
  readonly description?: string;
  readonly type?: JsonType | readonly JsonType[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly properties?: Readonly<Record<string, OptionSchema>>;
  readonly patternProperties?: Readonly<Record<string, OptionSchema>>;
  readonly additionalProperties?: boolean | OptionSchema;
  readonly propertyNames?: OptionSchema;
  readonly required?: readonly string[];
  readonly dependentRequired?: Readonly<Record<string, readonly string[]>>;
  readonly items?: OptionSchema;
  readonly oneOf?: readonly OptionSchema[];
  readonly anyOf?: readonly OptionSchema[];
  readonly allOf?: readonly OptionSchema[];
  readonly if?: OptionSchema;
  readonly then?: OptionSchema;
  readonly else?: OptionSchema;
  readonly not?: OptionSchema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly multipleOf?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly minProperties?: number;
  readonly maxProperties?: number;
}

/** A complete profile body that demonstrates the plugin. */
export interface PluginExample {
  readonly title: string;
  readonly pipeline: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Other top-level keys of the profile. */
  readonly top?: Readonly<Record<string, unknown>>;
}

/** schemas/<use>.schema.json. */
export interface PluginSchema extends Omit<OptionSchema, 'examples'> {
  /** The `use`. */
  readonly title: string;
  /** One line. */
  readonly summary: string;
  readonly description: string;
  /** The plugin extracts pictures from bytes: `parse:` of a source names it, and it is not a node. */
  readonly parser?: boolean;
  /** Absent for parsers. */
  readonly provides?: readonly PortName[];
  /** A replaced node stops before its successor starts: its device or feed can seldom serve two. */
  readonly exclusive?: boolean;
  /** Names of the plugin's commands, for the help: "camd NAME --config PROFILE". */
  readonly commands?: readonly string[];
  readonly examples?: readonly PluginExample[];
}
