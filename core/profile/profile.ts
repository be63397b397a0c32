// The type of a checked profile, as the planner receives it.

import type { Catalog } from '../catalog/catalog.ts';
import type { Delivery } from '../contract/plugin.ts';
import type { PortName } from '../contract/ports.ts';
import type { Place, Problem } from '../contract/problems.ts';
import type { ResourceKind } from '../contract/schema.ts';
import type { Mapping } from './source/tree.ts';
import type { Secrets } from './values/secrets.ts';

/** One option that names other nodes. */
export interface Reference {
  readonly option: string;
  /** Ids of the nodes, in the order of the profile. */
  readonly to: readonly string[];
  /** The names as written in the profile, if one of them is a pattern such as "cam_*". */
  readonly written?: readonly string[];
  /** Ports that each of them must provide. */
  readonly ports: readonly PortName[];
  /** For `frames`: the consumer's `delivery` from the schema. */
  readonly delivery: Delivery | undefined;
  /** One range per id. */
  readonly places: readonly Place[];
}

/** A resource that only one node may own. */
export interface Claim {
  readonly kind: ResourceKind;
  /** Normalised, so that equal resources are equal strings. */
  readonly name: string;
  readonly place: Place;
}

/** A path that a node serves, on the server that one of its references names. */
export interface RouteClaim {
  readonly server: string;
  readonly path: string;
  /** A page for people. */
  readonly page: boolean;
  readonly place: Place;
}

/** A complete, checked node of the profile. */
export interface NodeSpec {
  readonly id: string;
  readonly use: string;
  /** With defaults; durations in ms, sizes in bytes, rates per second. */
  readonly options: Readonly<Record<string, unknown>>;
  /** The options of the parser named by `parse`, if the plugin accepts one. */
  readonly parse: { readonly use: string; readonly options: Readonly<Record<string, unknown>> } | undefined;
  readonly provides: readonly PortName[];
  /** Only one instance of this node may run at a time. */
  readonly exclusive: boolean;
  readonly references: readonly Reference[];
  readonly claims: readonly Claim[];
  readonly routes: readonly RouteClaim[];
  /** The template that provides some of its options. */
  readonly like?: string;
  /** The range of the node's id. */
  readonly place: Place;
}

export interface LogOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly format: 'auto' | 'json' | 'pretty';
}

export interface Profile {
  /** The path as given. */
  readonly file: string;
  /** The absolute folder of that file; relative paths in options are resolved against it. */
  readonly folder: string;
  /** Absolute paths of the profile, its includes, its secret files and its local plugins. */
  readonly files: readonly string[];
  /** Absolute paths of the profile and its includes, a part of `files`; each overrides those after it. */
  readonly texts: readonly string[];
  /** By id, in the order of the profile. */
  readonly nodes: ReadonlyMap<string, NodeSpec>;
  /** npm packages or local modules, as given. */
  readonly plugins: readonly string[];
  readonly watch: boolean;
  /** Path of the control socket; undefined: the default path; false: no socket. */
  readonly control: string | false | undefined;
  readonly log: LogOptions;
  /** Bytes for data from clients and cameras; undefined: the default of this machine. */
  readonly memory: number | undefined;
  /** Most bytes of unused pictures before they are freed; undefined: half of the memory. */
  readonly freeAfter: number | undefined;
  /** Camera id → display name. */
  readonly cameras: ReadonlyMap<string, string>;
  /** Values of options marked secret, for masking. */
  readonly secrets: readonly string[];
}

/** All problems; the profile exists only if none of them is an error. */
export interface Reading {
  readonly problems: readonly Problem[];
  readonly profile: Profile | undefined;
  /** Absolute paths of all files that were read or tried, also when the profile is invalid. */
  readonly files: readonly string[];
  /** The text of each file by absolute path, for excerpts; secret values are masked. */
  readonly sources: ReadonlyMap<string, string>;
  /** The text of every file that was read, by absolute path, with secrets masked. */
  masked(): ReadonlyMap<string, string>;
  /** The built-in plugins and those of the profile. */
  readonly catalog: Catalog;
  /** The original text of every file that was read, by absolute path; must never be shown. */
  readonly raw: ReadonlyMap<string, string>;
  /** Ranges and values of secrets. */
  readonly secrets: Secrets;
  /** `merged`: all files as one tree. `resolved`: with templates and interpolation. Undefined if a file is not YAML. */
  readonly trees: { readonly merged: Mapping; readonly resolved: Mapping } | undefined;
}
