// The page's texts about a camera and its connection, in the user's language.

import { inLanguage, locale } from '../../../../kit/page/shared/language.ts';
import type { CameraCard, CameraState } from '../../wire.ts';
import { de } from '../words/de.ts';
import { en } from '../words/en.ts';

export const words = inLanguage({ en, de });

/** The text over a picture; undefined if none is needed. */
export function notice(state: CameraState, hasPicture: boolean, isLost: boolean): string | undefined {
  if (isLost) return words.noConnection;
  if (state === 'offline') return words.state.offline;
  return hasPicture ? undefined : words.state[state === 'live' ? 'waiting' : state];
}

export interface Reason {
  readonly text: string;
  /** The language of the text: sources report reasons in English. */
  readonly lang: string | undefined;
}

/** The reason why a camera is offline or waiting; undefined in other states. `age`: age of its last picture as text. */
export function reasonOf(
  { state, why }: Pick<CameraCard, 'state' | 'why'>,
  age: string | undefined,
): Reason | undefined {
  if (state !== 'offline' && state !== 'waiting') return undefined;
  if (why !== undefined) return { text: why, lang: 'en' };
  if (age !== undefined && state === 'offline') return { text: words.silent(age), lang: undefined };
  return { text: state === 'offline' ? words.neverSeen : words.starting, lang: undefined };
}

/** "12 cameras", "11 of 12 live". */
export function summary(cameras: readonly CameraCard[], hidden: number): string {
  const off = cameras.filter(({ state }) => state === 'offline').length;
  const all = off > 0 ? words.liveOf(cameras.length - off, cameras.length) : words.cameras(cameras.length);
  return hidden === 0 ? all : `${all} · ${words.hiddenCameras(hidden)}`;
}

const number = (value: number, digits: number): string =>
  value.toLocaleString(locale, { maximumFractionDigits: digits, minimumFractionDigits: digits });

/** "12 fps", "0.2 fps". */
export const rateText = (rate: number): string => words.fps(number(rate, rate >= 9.95 ? 0 : 1));

/** "82 KB". */
export const sizeText = (bytes: number): string => `${number(bytes / 1000, bytes < 9950 ? 1 : 0)} KB`;
