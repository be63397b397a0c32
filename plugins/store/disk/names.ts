// Converts frames to file names by the template, and file names exactly back.

import { rejected } from '../../../core/contract/final.ts';
import { type ImageType, misuse } from '../../../core/contract/plugin.ts';
import { quote, type TimeFormat } from '../../kit/time/time-format.ts';

/** The facts in a picture's file name. */
export interface Naming {
  readonly camera: string;
  /** Milliseconds since the epoch, as exact as the name. */
  readonly time: number;
  /** The store's running number if the template has {seq}; else the number among the pictures of one time, from 1. */
  readonly number: number;
  readonly type: ImageType;
  /** Index of the prefix of the profile that stands for {prefix}. */
  readonly prefix?: number;
}

export interface Names {
  /** True if {seq} makes every name unique. */
  readonly numbered: boolean;
  /** False if names contain no time: then the mtime of the file is the time. */
  readonly timed: boolean;
  /** One expression per level: folders, then the file. A first filter; `parse` decides. */
  readonly levels: readonly RegExp[];
  /** The path below the store's folder. Rejects a picture permanently if its name could not be parsed back to the same. */
  format(naming: Naming): string;
  /** Undefined if `format` could not have returned this name. `changed`: the file's mtime, ms. */
  parse(id: string, changed: number): Naming | undefined;
  /** True if `format` returns exactly this name for `naming`, and not another name that is parsed to the same. */
  isNameOf(id: string, naming: Naming): boolean;
  /** Path of a camera's latest picture; undefined if there shall be none. */
  latest(camera: string, type: ImageType): string | undefined;
  /** The index of a frame's prefix in the list; 0 for one that is not on it. */
  prefixOf(prefix: unknown): number;
}

export interface NameOptions {
  readonly name: string;
  readonly latest: string | undefined;
  /** For templates without {camera}. */
  readonly camera: string | undefined;
  readonly time: TimeFormat;
  /** Values of {prefix}; the first is for frames without one of them. */
  readonly prefixes?: readonly string[];
}

export const CAMERA = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/;
const CAMERA_PATTERN = '[A-Za-z0-9][A-Za-z0-9_.-]{0,127}';
const SEQ_DIGITS = 10;
/** NAME_MAX of the common file systems. */
const MAX_NAME_BYTES = 255;
const EXTENSIONS: Readonly<Record<ImageType, string>> = { 'image/jpeg': 'jpg', 'image/png': 'png' };

export const extension = (type: ImageType): string => EXTENSIONS[type];
const typeOf = (extension: string | undefined): ImageType => (extension === 'png' ? 'image/png' : 'image/jpeg');

export function createNames(options: NameOptions): Names {
  const prefixes = options.prefixes ?? [];
  const tokens = split(options.name, 'name', ['prefix', 'camera', 'time', 'seq', 'ext']);
  const has = (token: string): boolean => tokens.includes(`{${token}}`);
  if (!has('ext'))
    throw misuse('name', 'name has no {ext}; end it with ".{ext}" so that every format has its own extension.');
  if (!has('time') && !has('seq')) {
    throw misuse('name', 'name has neither {time} nor {seq}, so pictures would overwrite each other; add one of them.');
  }
  if (!has('camera') && options.camera === undefined) {
    throw misuse('name', 'name has no {camera}; add it, or set the option "camera".');
  }
  const latestTokens = options.latest === undefined ? [] : split(options.latest, 'latest', ['camera', 'ext']);
  if (has('camera') && options.latest !== undefined && !latestTokens.includes('{camera}')) {
    throw misuse('latest', 'latest has no {camera}, so cameras would overwrite each other; add it.');
  }

  const prefixPattern = alternatives(prefixes);
  const wholeLatest = expression(latestTokens, options.time, prefixPattern);
  const whole = expression(tokens, options.time, prefixPattern);
  const levels = levelsOf(tokens, options.time, prefixPattern);

  const parse = (id: string, changed: number): Naming | undefined => {
    const found = whole.exec(id)?.groups;
    if (!found) return undefined;
    const time = found.time === undefined ? changed : options.time.parse(found.time, changed);
    if (time === undefined) return undefined;
    const number = found.seq === undefined ? Number(found.n ?? 1) : Number(found.seq);
    if (found.n === '1') return undefined;
    const naming = { camera: found.camera ?? options.camera ?? '', time, number, type: typeOf(found.ext) };
    return found.prefix === undefined ? naming : { ...naming, prefix: prefixes.indexOf(found.prefix) };
  };

  const latest = (camera: string, type: ImageType): string | undefined =>
    options.latest?.replaceAll('{camera}', camera).replaceAll('{ext}', extension(type));

  const lastTime = tokens.lastIndexOf('{time}');
  const write = ({ camera, time, number, type, prefix = 0 }: Naming): string =>
    tokens
      .map((token, index) => {
        if (token === '{prefix}') return prefixes[prefix] ?? '';
        if (token === '{camera}') return camera;
        if (token === '{ext}') return extension(type);
        if (token === '{seq}') return String(number).padStart(SEQ_DIGITS, '0');
        if (token !== '{time}') return token;
        const copy = index === lastTime && !has('seq') && number > 1 ? `~${number}` : '';
        return options.time.format(time) + copy;
      })
      .join('');
  /** Why this name conflicts with the names of latest pictures; undefined if it does not. */
  const clash = ({ camera, time, type }: Naming, id: string): string | undefined => {
    const newest = latest(camera, type);
    if (newest !== undefined && (parse(newest, time) || isTooLong(newest))) {
      return `The latest picture's name "${newest}" could be mistaken for a stored picture; it is not written.`;
    }
    // The folder of a camera "lobby.jpg" would have the name of the latest picture of "lobby".
    const taken = foldersOf(id).find((folder) => wholeLatest.test(folder));
    return (
      taken && `The folder "${taken}" is in the place of a camera's latest picture; the latest picture is not written.`
    );
  };

  return {
    numbered: has('seq'),
    timed: has('time'),
    levels,
    parse,
    latest,
    prefixOf: (prefix) => Math.max(0, typeof prefix === 'string' ? prefixes.indexOf(prefix) : 0),
    format(naming) {
      const { camera, time, number, type, prefix } = naming;
      if (!CAMERA.test(camera))
        throw rejected('The name of the camera cannot be part of a file name; the picture is not stored.');
      if (!has('camera') && camera !== options.camera) {
        throw rejected(`name has no {camera}, and "${camera}" is not "${options.camera}"; the picture is not stored.`);
      }
      const id = write(naming);
      const back = parse(id, time);
      const differs = back?.camera !== camera || back.number !== number || back.type !== type;
      if (differs || (back.prefix ?? 0) !== (has('prefix') ? (prefix ?? 0) : 0) || isTooLong(id)) {
        throw rejected(
          `The name "${id}" is too long or could be mistaken for another picture's; the picture is not stored.`,
        );
      }
      const why = clash(naming, id);
      if (why !== undefined) throw rejected(why);
      return id;
    },
    isNameOf: (id, naming) => write(naming) === id && clash(naming, id) === undefined,
  };
}

/** "a/b/c.jpg" → ["a", "a/b"]. */
const foldersOf = (id: string): string[] => [...id.matchAll(/\//g)].map((slash) => id.slice(0, slash.index));

const isTooLong = (path: string): boolean => path.split('/').some((part) => Buffer.byteLength(part) > MAX_NAME_BYTES);

/** "{camera}/{time}.{ext}" → ["{camera}", "/", "{time}", ".", "{ext}"]. The path must not lead out of the folder. */
function split(template: string, option: string, known: readonly string[]): string[] {
  const parts = template.split('/');
  if (parts.some((part) => part === '' || part.startsWith('.')) || /[\\~%]|\p{Cc}/u.test(template)) {
    throw misuse(
      option,
      `${option} must be a path below the store's folder, no part of it empty, hidden or with one of \\ ~ %.`,
    );
  }
  const tokens = template.match(/\{[^{}]*\}|[^{}]+|[{}]/g) ?? [];
  const strange = tokens.find((token) => /[{}]/.test(token) && !known.includes(token.slice(1, -1)));
  if (strange !== undefined) {
    throw misuse(option, `${option} has ${strange}; it supports ${known.map((name) => `{${name}}`).join(', ')}.`);
  }
  return tokens;
}

const timeSource = (time: TimeFormat): string =>
  time.pieces.map(({ literal, pattern }) => pattern ?? quote(literal ?? '')).join('');

/** The longest first: one may begin with another. */
const alternatives = (prefixes: readonly string[]): string =>
  [...prefixes]
    .sort((a, b) => b.length - a.length)
    .map(quote)
    .join('|');

function expression(tokens: readonly string[], time: TimeFormat, prefix: string): RegExp {
  const seen = new Set<string>();
  const group = (name: string, source: string): string => {
    if (seen.has(name)) return `\\k<${name}>`;
    seen.add(name);
    return `(?<${name}>${source})`;
  };
  const lastTime = tokens.lastIndexOf('{time}');
  const source = tokens.map((token, index) => {
    if (token === '{prefix}') return group('prefix', prefix);
    if (token === '{camera}') return group('camera', CAMERA_PATTERN);
    if (token === '{ext}') return group('ext', 'jpg|png');
    if (token === '{seq}') return group('seq', `\\d{${SEQ_DIGITS},15}`);
    if (token !== '{time}') return quote(token);
    const copy = index === lastTime && !tokens.includes('{seq}') ? '(?:~(?<n>[1-9]\\d{0,5}))?' : '';
    return group('time', timeSource(time)) + copy;
  });
  return new RegExp(`^${source.join('')}$`);
}

function levelsOf(tokens: readonly string[], time: TimeFormat, prefix: string): RegExp[] {
  const levels = [''];
  const add = (source: string): void => {
    levels[levels.length - 1] += source;
  };
  const addText = (text: string): void => {
    for (const [index, part] of text.split('/').entries()) {
      if (index > 0) levels.push('');
      add(quote(part));
    }
  };
  for (const token of tokens) {
    if (token === '{prefix}') add(`(?:${prefix})`);
    else if (token === '{camera}') add(CAMERA_PATTERN);
    else if (token === '{ext}') add('(?:jpg|png)');
    else if (token === '{seq}') add(`\\d{${SEQ_DIGITS},15}`);
    else if (token === '{time}') {
      for (const { literal, pattern } of time.pieces) pattern === undefined ? addText(literal ?? '') : add(pattern);
      add('(?:~\\d{1,6})?');
    } else addText(token);
  }
  return levels.map((level) => new RegExp(`^${level}$`));
}
