// The objects of a bucket: put with checksums, read, list and delete.

import { createHash } from 'node:crypto';
import type { Admission, AnnouncedPicture, Frame, Kept } from '../../../core/contract/plugin.ts';
import { environment } from '../../../core/contract/problems.ts';
import type { HttpReply } from '../../kit/http/fetch.ts';
import type { S3Client } from './client.ts';
import type { Keys } from './keys.ts';
import { type Listed, readList } from './xml.ts';

export interface Bucket {
  /** Resolves when the server has answered 200 with the checksum of the picture. */
  put(frame: Frame, signal: AbortSignal): Promise<Kept>;
  /** Undefined if the object does not exist. */
  read(id: string, signal: AbortSignal): Promise<{ readonly kept: Kept; readonly data: Buffer } | undefined>;
  /** Undefined if the object does not exist. */
  stat(id: string, signal: AbortSignal): Promise<Kept | undefined>;
  delete(id: string, signal: AbortSignal): Promise<void>;
  /** One page. `after` is exclusive, `from` continues a list. */
  list(query: ListPage, signal: AbortSignal): Promise<Listed>;
  /** A URL that reads this picture, valid for `forMs` milliseconds. */
  link(id: string, forMs: number, signal: AbortSignal): Promise<string>;
  /** A request that puts exactly this picture, for a sender without credentials. */
  admit(picture: AnnouncedPicture, forMs: number, signal: AbortSignal): Promise<Admission>;
}

export interface ListPage {
  readonly prefix: string;
  readonly after?: string;
  readonly from?: string;
  /** Combines keys to folders. */
  readonly folders?: boolean;
  /** Limit of the entries, at most 1000. */
  readonly limit?: number;
}

const MAX_KEYS = 1000;
const MD5_ETAG = /^"?[0-9a-f]{32}"?$/;

export function createBucket(client: S3Client, keys: Keys): Bucket {
  const kept = (id: string, size: number): Kept => {
    const found = keys.parse(id, size);
    if (found) return found;
    throw environment('bad-key', `The key "${id}" cannot be parsed back to its picture.`);
  };
  return {
    async put(frame, signal) {
      const id = keys.format(frame);
      const md5 = createHash('md5').update(frame.data).digest();
      const digest = createHash('sha256').update(frame.data).digest();
      const sha256 = digest.toString('base64');
      await client.send(
        {
          method: 'PUT',
          key: id,
          body: frame.data,
          sha256: digest.toString('hex'),
          headers: {
            'content-type': frame.type,
            'content-md5': md5.toString('base64'),
            'x-amz-checksum-sha256': sha256,
          },
          good: [200],
          check: (reply) => differs(reply, md5.toString('hex'), sha256, client.host),
        },
        signal,
      );
      return kept(id, frame.data.length);
    },
    async read(id, signal) {
      if (!keys.parse(id, 0)) return undefined;
      const reply = await client.send({ method: 'GET', key: id, good: [200, 404] }, signal);
      if (reply.status === 404) return missing(reply, client.host);
      return { kept: kept(id, reply.body.length), data: reply.body };
    },
    async stat(id, signal) {
      if (!keys.parse(id, 0)) return undefined;
      const { status, headers } = await client.send({ method: 'HEAD', key: id, good: [200, 404] }, signal);
      return status === 404 ? undefined : kept(id, Number(headers['content-length'] ?? 0));
    },
    async delete(id, signal) {
      await client.send({ method: 'DELETE', key: id, good: [200, 204, 404] }, signal);
    },
    async list({ prefix, after, from, folders, limit = MAX_KEYS }, signal) {
      const query = {
        'list-type': '2',
        'max-keys': String(Math.min(MAX_KEYS, Math.max(1, limit))),
        prefix,
        ...(folders ? { delimiter: '/' } : {}),
        ...(after === undefined ? {} : { 'start-after': after }),
        ...(from === undefined ? {} : { 'continuation-token': from }),
      };
      const { body } = await client.send({ method: 'GET', key: '', query, good: [200] }, signal);
      const listed = readList(body.toString('utf8'));
      if (listed) return listed;
      throw environment('bad-answer', `${client.host} did not answer with a list. Check "endpoint".`);
    },
    link: (id, forMs, signal) =>
      client.link({ method: 'GET', host: client.host, path: client.pathOf(id) }, secondsOf(forMs), signal),
    async admit(picture, forMs, signal) {
      const id = keys.format(picture);
      const headers = {
        'content-length': String(picture.size),
        'content-md5': picture.md5,
        'content-type': picture.type,
      };
      const request = { method: 'PUT', host: client.host, path: client.pathOf(id), headers } as const;
      const url = await client.link(request, secondsOf(forMs), signal);
      return { kept: kept(id, picture.size), url, headers };
    },
  };
}

/** S3 allows a week. */
const MAX_LINK_SECONDS = 604_800;
const secondsOf = (ms: number): number => Math.min(MAX_LINK_SECONDS, Math.max(1, Math.round(ms / 1000)));

/** Why the stored object differs from the sent one. For servers without a checksum, their check of Content-MD5 is sufficient. */
function differs({ headers }: HttpReply, md5: string, sha256: string, host: string): string | undefined {
  const reported = headers['x-amz-checksum-sha256'];
  const etag = headers.etag ?? '';
  // The ETag of an object that is encrypted with its own key is not an MD5.
  const isPlain = !headers['x-amz-server-side-encryption']?.startsWith('aws:kms') && MD5_ETAG.test(etag);
  const isWrong = reported !== undefined ? reported !== sha256 : isPlain && etag.replaceAll('"', '') !== md5;
  return isWrong ? `${host} has stored other data than camd sent: the checksums differ.` : undefined;
}

function missing({ body }: HttpReply, host: string): undefined {
  if (!body.includes('NoSuchBucket')) return undefined;
  throw environment(
    'refused',
    `${host} answered 404 (NoSuchBucket). Create the bucket, or set "bucket" to one that exists.`,
  );
}
