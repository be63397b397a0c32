// Converts pictures to object keys by the template, and keys exactly back. Keys of one camera sort by time.

import { createHash } from 'node:crypto';
import { CAMERA_ID } from '../../../core/base/formats.ts';
import { rejected } from '../../../core/contract/final.ts';
import { type Frame, type ImageType, type Kept, misuse } from '../../../core/contract/plugin.ts';
import { createTimeFormat, quote } from '../../kit/time/time-format.ts';
import { zone } from '../../kit/time/zone.ts';

export interface Keys {
  /** The common beginning of all keys; "" or a text that ends with "/". */
  readonly root: string;
  /** The common beginning of a camera's keys. */
  base(camera: string): string;
  /** The lower bound of the camera's keys from this time (ms) on. */
  bound(camera: string, time: number): string;
  /** Permanently rejects a picture without a valid key. The same picture always has the same key. */
  format(frame: Pick<Frame, 'camera' | 'time' | 'key' | 'type'>): string;
  /** Undefined if the text is not a key of this template. */
  parse(id: string, size: number): Kept | undefined;
}

const EXTENSIONS: Readonly<Record<ImageType, string>> = { 'image/jpeg': 'jpg', 'image/png': 'png' };
const CAMERA_PATTERN = '[A-Za-z0-9][A-Za-z0-9_.-]{0,127}';
const KEY_DIGITS = 12;
/** S3's limit. */
const MAX_KEY_BYTES = 1024;
/** The last time with a name: the end of the year 9999. */
const LAST_TIME = Date.UTC(10_000, 0, 1) - 1;
const ORDER = ['Y', 'm', 'd', 'H', 'M', 'S'];

export function createKeys(template: string, timeFormat: string): Keys {
  const shape =
    /^((?:[A-Za-z0-9!_.()=-]+\/)*)\{camera\}(\/(?:[A-Za-z0-9!_.()=-]+\/)*[A-Za-z0-9!_.()=-]*)\{time\}([^{}]*)\{key\}([^{}]*)\.\{ext\}$/;
  const [, root, middle = '', dash = '', tail = ''] = shape.exec(template) ?? [];
  if (
    root === undefined ||
    /[^A-Za-z0-9!_.()=-]/.test(dash + tail) ||
    template.split('/').some((part) => /^\.+$/.test(part))
  ) {
    throw misuse(
      'key',
      'key must be folders of letters, digits and "-_.!()=", then {camera}, "/", {time}, {key} and ".{ext}" in this order, such as "site-7/{camera}/{time}_{key}.{ext}".',
    );
  }
  const time = createTimeFormat(timeFormat, zone('UTC'));
  if (!sorts(timeFormat)) {
    throw misuse(
      'time_format',
      'time_format must sort by time: %Y %m %d %H %M %S and then %L or %f, in this order; an earlier one may be repeated.',
    );
  }
  const timeSource = time.pieces.map(({ literal, pattern }) => pattern ?? quote(literal ?? '')).join('');
  const whole = new RegExp(
    `^${quote(root)}(?<camera>${CAMERA_PATTERN})${quote(middle)}(?<time>${timeSource})${quote(dash)}(?<key>[0-9a-f]{${KEY_DIGITS}})${quote(tail)}\\.(?<ext>jpg|png)$`,
  );
  const format = (camera: string, at: number): string => `${root}${camera}${middle}${time.format(at)}`;

  return {
    root,
    base: (camera) => `${root}${camera}/`,
    bound: (camera, at) => format(camera, Math.min(LAST_TIME, Math.max(0, at))),
    format({ camera, time: at, key, type }) {
      if (!CAMERA_ID.test(camera)) {
        throw rejected('The name of the camera cannot be part of a key; the picture is not stored.');
      }
      if (!(at >= 0 && at < LAST_TIME)) {
        throw rejected('The time of the picture is outside 1970 to 9999; the picture is not stored.');
      }
      const digest = createHash('sha256').update(key).digest('hex').slice(0, KEY_DIGITS);
      const id = `${format(camera, at)}${dash}${digest}${tail}.${EXTENSIONS[type]}`;
      if (Buffer.byteLength(id) <= MAX_KEY_BYTES) return id;
      throw rejected(`The key "${id.slice(0, 40)}…" is longer than ${MAX_KEY_BYTES} bytes; the picture is not stored.`);
    },
    parse(id, size) {
      const found = whole.exec(id)?.groups;
      if (!found?.camera || found.time === undefined) return undefined;
      const at = time.parse(found.time, 0);
      if (at === undefined) return undefined;
      return {
        id,
        camera: found.camera,
        time: at,
        seq: 0,
        type: found.ext === 'png' ? 'image/png' : 'image/jpeg',
        size,
      };
    },
  };
}

/** True if texts of this format sort like their times. */
function sorts(format: string): boolean {
  const letters = [...format.matchAll(/%(.)/g)].map(([, letter = '']) => letter);
  const first = letters.filter((letter, index) => letter !== '%' && letters.indexOf(letter) === index);
  const end = first.at(-1);
  return (end === 'f' || end === 'L') && first.slice(0, -1).join('') === ORDER.join('');
}
