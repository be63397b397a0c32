// A profile under construction: nodes, display names, secrets to set, and settings without a counterpart in camd.

/** Limits of a migrated profile; no hand-written configuration exceeds them. */
const MAX_NODES = 2000;
const MAX_NOTES = 200;
const MAX_ID = 60;

export type Value = string | number | boolean | readonly Value[] | { readonly [key: string]: Value | undefined };
export type Options = Readonly<Record<string, Value | undefined>>;

export interface DraftNode {
  readonly id: string;
  readonly use: string;
  readonly options: Options;
  /** Comment above the node in the profile. */
  readonly comment: string | undefined;
}

export interface Secret {
  /** Name of the environment variable. */
  readonly variable: string;
  /** Description of its value, such as "the password of the camera gate". */
  readonly what: string;
}

export interface Draft {
  readonly nodes: readonly DraftNode[];
  /** Camera id → display name. */
  readonly names: ReadonlyMap<string, string>;
  readonly notes: readonly string[];
  readonly secrets: readonly Secret[];
  /** A free id similar to this one: letters, digits, "_", "." and "-". */
  id(wanted: string): string;
  /** Strings in the options must come from `text`, or contain no text of the file. */
  node(id: string, use: string, options: Options, comment?: string): string;
  name(camera: string, name: string): void;
  /** Adds a setting that is not carried over. It must not contain a secret. */
  note(sentence: string): void;
  /** The reference to a variable that the user sets. */
  secret(wanted: string, what: string): string;
  /** A text of the file as a value of the profile: escapes "${", and turns `variable` marks into references. */
  text(value: string): string;
}

const MARK = '\u0001';

/** Marks a variable of the other system, such as {FRIGATE_USER}; `text` turns the mark into a reference. */
export const variable = (name: string): string => `${MARK}${name}${MARK}`;
/** True if the text is exactly one such mark. */
export const isVariable = (text: string): boolean =>
  text.length > 2 && text.startsWith(MARK) && text.indexOf(MARK, 1) === text.length - 1;
/** Removes control characters from a text of a file, so that it cannot contain a mark. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern removes them
export const clean = (text: string): string => text.replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g, '');

export function createDraft(): Draft {
  const nodes: DraftNode[] = [];
  const taken = new Set<string>();
  const names = new Map<string, string>();
  const notes: string[] = [];
  const secrets = new Map<string, string>();
  const declare = (name: string, what: string): string => {
    const known = secrets.get(name);
    if (known === undefined) secrets.set(name, what);
    return `\${env:${name}}`;
  };
  const unique = (wanted: string, used: (name: string) => boolean): string => {
    if (!used(wanted)) return wanted;
    for (let number = 2; ; number++) if (!used(`${wanted}_${number}`)) return `${wanted}_${number}`;
  };
  return {
    nodes,
    names,
    notes,
    get secrets() {
      return [...secrets].map(([name, what]) => ({ variable: name, what }));
    },
    id(wanted) {
      const plain = wanted
        .normalize('NFKD')
        .replaceAll(/[^A-Za-z0-9_.-]+/g, '_')
        .replace(/^[^A-Za-z0-9]+/, '')
        .replace(/_+$/, '')
        .slice(0, MAX_ID);
      const found = unique(plain === '' ? 'camera' : plain, (name) => taken.has(name));
      taken.add(found);
      return found;
    },
    node(id, use, options, comment) {
      if (nodes.length >= MAX_NODES) throw new Error(`it has more than ${MAX_NODES} nodes`);
      taken.add(id);
      nodes.push({ id, use, options, comment });
      return id;
    },
    name: (camera, name) => void names.set(camera, clean(name).slice(0, 200)),
    note(sentence) {
      if (notes.length < MAX_NOTES) notes.push(sentence);
      else if (notes.length === MAX_NOTES) notes.push('There are more settings, which are not listed.');
    },
    secret(wanted, what) {
      const plain = wanted
        .toUpperCase()
        .replaceAll(/[^A-Z0-9]+/g, '_')
        .replace(/^(\d)/, '_$1');
      return declare(
        unique(plain, (name) => secrets.has(name)),
        what,
      );
    },
    text: (value) =>
      value
        .replaceAll('${', () => '$${')
        .replaceAll(new RegExp(`${MARK}([A-Za-z_][A-Za-z0-9_]{0,100})${MARK}`, 'g'), (_whole, name: string) =>
          declare(name, 'as before'),
        )
        .replaceAll(MARK, ''),
  };
}
