// The messages between edges and archive workers over NATS: subjects, announcements, offers and receipts. Pure.

import { createHash } from 'node:crypto';
import { CAMERA_ID } from '../../../core/base/formats.ts';
import type { Frame } from '../../../core/contract/frame.ts';
import type { AnnouncedPicture } from '../../../core/contract/ports.ts';

/** A picture as an edge announces it. */
export interface Announcement extends AnnouncedPicture {
  readonly width: number;
  readonly height: number;
  /** The subject for the receipt of a picture that goes through the stream. */
  readonly receipt?: string;
}

/** An upload URL for one picture, which needs no credentials. */
export interface Offer {
  readonly id: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** `stored`: the archive confirms that the bucket has the picture. `final`: it will never accept this picture. */
export type Receipt =
  | { readonly is: 'stored'; readonly id: string }
  | { readonly is: 'refused'; readonly why: string; readonly final: boolean };

/** A site is one part of a subject. */
export const SITE = /^[A-Za-z0-9_-]{1,64}$/;
const MAX_HEAD = 8192;
const MAX_KEY = 512;
const MAX_PIXELS = 65_535;
/**
 * Subjects of inboxes only: the archive answers there with its own rights, with which it could also empty the stream
 * ("$JS.API…") or speak as another site.
 */
const INBOX = /^_INBOX(_[A-Za-z0-9_-]+)?(\.[A-Za-z0-9_=-]+)+$/;
const MAX_INBOX = 512;
const LINE_FEED = 10;

export type Kind = 'offer' | 'stored' | 'picture';
export const subjectOf = (prefix: string, site: string, kind: Kind): string => `${prefix}.${site}.${kind}`;
/** The site that a subject of `subjectOf` names. */
export const siteOf = (prefix: string, subject: string): string => subject.slice(prefix.length + 1).split('.')[0] ?? '';
/** Subject on which the archive announces each stored picture to all subscribers. */
export const eventOf = (prefix: string): string => `${prefix}-stored`;

export function announce(frame: Frame, receipt?: string): Announcement {
  const { camera, key, time, type, width, height, data } = frame;
  const md5 = createHash('md5').update(data).digest('base64');
  const common = { camera, key, time, type, width, height, size: data.length, md5 };
  return receipt === undefined ? common : { ...common, receipt };
}

/** The announcement as one line of JSON, followed by the picture. */
export const pack = (announcement: Announcement, data: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`${JSON.stringify(announcement)}\n`), data]);

/** Returns a text that describes the error if the payload is invalid. */
export function unpack(payload: Buffer): { readonly announcement: Announcement; readonly data: Buffer } | string {
  const end = payload.subarray(0, MAX_HEAD).indexOf(LINE_FEED);
  const announcement = end < 0 ? 'it has no head' : readAnnouncement(payload.subarray(0, end));
  if (typeof announcement === 'string') return announcement;
  const data = payload.subarray(end + 1);
  if (data.length !== announcement.size) return `it has ${data.length} bytes instead of ${announcement.size}`;
  const isWhole = createHash('md5').update(data).digest('base64') === announcement.md5;
  return isWhole ? { announcement, data } : 'its checksum differs';
}

export function readAnnouncement(bytes: Buffer): Announcement | string {
  const { camera, key, time, type, width, height, size, md5, receipt } = readObject(bytes);
  if (typeof camera !== 'string' || !CAMERA_ID.test(camera)) return 'its "camera" is not a camera id';
  if (typeof key !== 'string' || key === '' || key.length > MAX_KEY) return 'its "key" is missing';
  if (typeof time !== 'number' || !(time >= 0)) return 'its "time" is not a time';
  if (type !== 'image/jpeg' && type !== 'image/png') return 'its "type" is not the type of a picture';
  if (!isWhole(width, MAX_PIXELS) || !isWhole(height, MAX_PIXELS)) return 'its size in pixels is missing';
  if (!isWhole(size, Number.MAX_SAFE_INTEGER) || typeof md5 !== 'string') return 'its size or its checksum is missing';
  const common = { camera, key, time, type, width, height, size, md5 } as const;
  if (receipt === undefined) return common;
  const isInbox = typeof receipt === 'string' && receipt.length <= MAX_INBOX && INBOX.test(receipt);
  return isInbox ? { ...common, receipt } : 'its "receipt" is not the subject of an inbox (_INBOX…)';
}

export function readOffer(bytes: Buffer): Offer | Receipt {
  const { id, url, headers } = readObject(bytes);
  if (typeof id !== 'string' || typeof url !== 'string' || typeof headers !== 'object' || headers === null) {
    return readReceipt(bytes);
  }
  const texts = Object.entries(headers).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : []));
  return { id, url, headers: Object.fromEntries(texts) };
}

/** Any answer that is not a valid receipt counts as a refusal. */
export function readReceipt(bytes: Buffer): Receipt {
  const { is, id, why, final } = readObject(bytes);
  if (is === 'stored' && typeof id === 'string') return { is, id };
  const reason = typeof why === 'string' ? why : 'The archive sent an answer that camd does not understand.';
  return { is: 'refused', why: reason, final: final === true };
}

export function readObject(bytes: Buffer): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

const isWhole = (value: unknown, most: number): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= most;
