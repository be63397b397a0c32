// Mistakes in text that is valid YAML but certainly not intended.

/** A mistake in a plain value that YAML reads as text. */
export function plainMistake(text: string): string | undefined {
  if (/^[“”„«]/.test(text)) return 'These are typographic quotes, which belong to the value; use " or \'.';
  if (/^-[\w.]+(\s+-[\w.]+)+$/.test(text)) return 'A space is missing after each "-" of this list.';
  return undefined;
}

export const MERGE = '<<';

export interface Slip {
  /** The intended key. */
  readonly key: string;
  readonly message: string;
  /** Lost: YAML misread the value. */
  readonly value: 'kept' | 'lost';
}

/** A key that contains more than its name, as in `{ use:source/tcp }` or `{ use = source/tcp }`; or a value that YAML reads as an anchor. */
export function slipOf(name: string, nothing: boolean, value: unknown): Slip | undefined {
  if (name === MERGE) {
    const message = 'Merge keys ("<<") are not part of YAML 1.2; use "include" or "vars" instead.';
    return { key: name, message, value: 'lost' };
  }
  const [, clean, end] = /^([\w.-]+)([:"'])$/.exec(name) ?? [];
  if (clean !== undefined && end !== undefined) {
    const message =
      end === ':' ? `One colon is enough after "${clean}".` : `This key ends with a quote: write ${clean}.`;
    return { key: clean, message, value: 'kept' };
  }
  if (!nothing) return undefined;
  if (typeof value === 'object' && value !== null && 'anchor' in value && value.anchor !== undefined) {
    const message = `"&" begins an anchor, so "${name}" is empty: put a value that begins with "&" in quotes.`;
    return { key: name, message, value: 'lost' };
  }
  const [, key, sign] = /^([\w.-]+)(:|\s*=)\s*\S/.exec(name) ?? [];
  if (key === undefined || sign === undefined) return undefined;
  const message = sign === ':' ? `A space is missing after "${key}:".` : `Write "${key}:" with a colon, not with "=".`;
  return { key, message, value: 'lost' };
}

/** `use` on the level of its node instead of below it. */
export const besideMistake = (id: string): string =>
  `This line stands beside "${id}", not below it: indent the options of a node deeper than its id.`;

/** A key that is not text. */
export function keyMistake(bracketed: boolean, value: unknown): string {
  const nothing = value === null || value === undefined;
  if (bracketed && nothing)
    return 'This map or list stands where a key must be: a "{" or "[" too many, or quotes are missing.';
  return 'A key is a plain text, without brackets or braces around it.';
}

/** A key that begins with a special space, which YAML treats as a letter: editors and web pages use such spaces as indentation. */
export function spaceMistake(key: string): string | undefined {
  const space = /^[\u00a0\u2000-\u200b\u202f\u3000\ufeff]/u.exec(key)?.[0].codePointAt(0);
  if (space === undefined) return undefined;
  const name = `U+${space.toString(16).toUpperCase().padStart(4, '0')}`;
  return `This line begins with the character ${name}, which looks like a space but is not one: write ordinary spaces.`;
}
