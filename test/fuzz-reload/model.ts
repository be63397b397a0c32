// A profile as the fuzzer thinks of it: nodes with options by id, written as YAML, with an anchor that every profile keeps.

export type Options = Record<string, unknown>;

export interface Model {
  /** By id, in the order of the file. */
  readonly nodes: ReadonlyMap<string, Options>;
  /** Ids that are written into an included file instead of the profile itself. */
  readonly included: ReadonlySet<string>;
}

/** What stays in all profiles of a sequence: a stream that is watched, a path to post to and a store. */
export const ANCHOR = {
  server: 'anchor',
  gate: 'gate',
  keep: 'keep',
  watch: 'watch',
  ingest: 'ingest',
  store: 'archive',
} as const;

/** A file in the folder of the profile, which programs read. */
export const PICTURE = 'picture.jpg';

/** Nodes that edits leave alone. */
export const FIXED: ReadonlySet<string> = new Set(['anchor', 'gate', 'watch', 'ingest', 'archive']);

export interface Ports {
  readonly anchor: number;
  /** For servers that come and go. */
  readonly others: readonly number[];
  /** In use by another program, so that a server with this address cannot start. */
  readonly occupied: number;
}

export function firstModel(ports: Ports): Model {
  return {
    nodes: new Map<string, Options>([
      ['anchor', { use: 'http/server', listen: `127.0.0.1:${ports.anchor}` }],
      ['gate', { use: 'source/test-pattern', fps: 20, size: '64x48' }],
      ['keep', { use: 'cache/latest', from: 'gate' }],
      ['watch', { use: 'http/stream', on: 'anchor', from: 'keep', path: '/watch' }],
      ['ingest', { use: 'source/http', on: 'anchor', path: '/in', camera: 'posted', anyone: true }],
      ['archive', { use: 'store/disk', from: 'ingest', path: './archive' }],
    ]),
    included: new Set(),
  };
}

/** The profile and the file that it includes; JSON is YAML. */
export function written(model: Model): { readonly profile: string; readonly extra: string } {
  const own: Record<string, Options> = {};
  const extra: Record<string, Options> = {};
  for (const [id, options] of model.nodes) (model.included.has(id) ? extra : own)[id] = options;
  const line = (id: string, options: Options): string => `  ${id}: ${JSON.stringify(options)}`;
  const section = (nodes: Record<string, Options>): string =>
    Object.entries(nodes)
      .map(([id, options]) => line(id, options))
      .join('\n');
  const include = Object.keys(extra).length > 0 ? 'include: extra.yaml\n' : '';
  return {
    profile: `camd: 1\n${include}pipeline:\n${section(own)}\n`,
    extra: `camd: 1\npipeline:\n${Object.keys(extra).length > 0 ? section(extra) : '  {}'}\n`,
  };
}

export const useOf = (model: Model, id: string): string => String(model.nodes.get(id)?.use ?? '');

/** Ids of the nodes that use one of these plugins. */
export const idsOf = (model: Model, ...uses: readonly string[]): string[] =>
  [...model.nodes].filter(([, { use }]) => uses.includes(String(use))).map(([id]) => id);

/** Options that name other nodes. */
export const REFERENCES = ['from', 'on'] as const;

export function referredBy(model: Model, id: string): string[] {
  return [...model.nodes]
    .filter(([, options]) => REFERENCES.some((option) => [options[option]].flat().includes(id)))
    .map(([other]) => other);
}

/** A copy in which every reference to `from` names `to`. */
export function renamedReferences(options: Options, from: string, to: string): Options {
  const copy = { ...options };
  for (const option of REFERENCES) {
    const value = copy[option];
    if (value === from) copy[option] = to;
    else if (Array.isArray(value)) copy[option] = [...new Set(value.map((one) => (one === from ? to : one)))];
  }
  return copy;
}
