// The pictures of a test: real JPEGs, numbered from 1 in their order, and recognised in the output.

import type { Capture } from '../../../core/contract/plugin.ts';
import { isRefusal } from '../../kit/image/jpeg-header.ts';
import { recognise } from '../../kit/image/recognise.ts';
import { createPattern, type Pattern } from '../../kit/pattern/pattern.ts';

/** Most pictures of one test, each of some ten kilobytes. */
const MAX_PICTURES = 20_000;
const DEFAULT_SIZE = '320x240';
/** Base64 text that may be a picture. */
const BASE64 = /[A-Za-z0-9+/]{400,}={0,2}/;

/** A picture that was found in the output of the profile. */
export interface SeenPicture {
  /** Undefined if it is not byte for byte one of the test's pictures. */
  readonly number: number | undefined;
  readonly type: string;
  /** Such as "1280x720". */
  readonly size: string;
}

export interface Pictures {
  /** Makes the next picture, with its number in `key`. */
  make(size: string | undefined, time: number): Capture & { readonly number: number };
  /** The number in a frame's key, also if the picture was changed on its way. */
  numberOf(key: string): number | undefined;
  /** The picture in a body: the whole body, a part of a form, or base64 in JSON. Undefined if there is none. */
  find(body: Buffer): SeenPicture | undefined;
}

export function createPictures(): Pictures {
  const patterns = new Map<string, Pattern>();
  const made: Buffer[] = [];
  const identify = (data: Buffer): SeenPicture | undefined => {
    const found = recognise(data);
    if (isRefusal(found)) return undefined;
    const whole = data.subarray(0, found.length);
    const at = made.findIndex((picture) => picture.equals(whole));
    return { number: at < 0 ? undefined : at + 1, type: found.type, size: `${found.width}x${found.height}` };
  };
  return {
    make(size = DEFAULT_SIZE, time) {
      const number = made.length + 1;
      if (number > MAX_PICTURES) throw new Error(`a test makes at most ${MAX_PICTURES} pictures`);
      const [width = 0, height = 0] = size.split('x').map(Number);
      const pattern = patterns.get(size) ?? createPattern({ width, height, name: 'test' });
      patterns.set(size, pattern);
      // Copied, because a stand-in may receive a part of the headroom around the picture.
      const data = Buffer.from(pattern(number, time, 1));
      made.push(data);
      return { number, data, type: 'image/jpeg', width, height, hasHeadroom: false, time, key: `${KEY}${number}` };
    },
    numberOf: (key) => (key.startsWith(KEY) ? Number(key.slice(KEY.length)) : undefined),
    find(body) {
      const start = body.indexOf(Buffer.from([0xff, 0xd8, 0xff]));
      const png = body.indexOf(Buffer.from([0x89, 0x50, 0x4e, 0x47]));
      const at = [start, png].filter((index) => index >= 0).sort((a, b) => a - b)[0];
      if (at !== undefined) return identify(body.subarray(at));
      const text = BASE64.exec(body.toString('latin1'))?.[0];
      return text === undefined ? undefined : identify(Buffer.from(text, 'base64'));
    },
  };
}

const KEY = 'picture-';
