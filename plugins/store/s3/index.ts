// store/s3: puts frames into a bucket, acknowledges them once the server has stored them, and passes them on.

import { createKeyedSingleFlight } from '../../../core/base/single-flight.ts';
import { defineNode, type Finding, type Node, refusal } from '../../../core/contract/plugin.ts';
import { isFault, sentence } from '../../../core/contract/problems.ts';
import type { StoreS3Options } from '../../../schemas/store/s3.ts';
import { createConditions } from '../../kit/disk/conditions.ts';
import { reach } from '../../kit/examine/reach.ts';
import { checkStaleAfter } from '../../kit/stills/advice.ts';
import { createNewest } from '../../kit/stills/newest.ts';
import { storeFrames } from '../../kit/store/frames.ts';
import { storeStills } from '../../kit/store/stills.ts';
import { createStoreWriter } from '../../kit/store/writer.ts';
import { createUploadClient } from '../../kit/upload/client.ts';
import { createBucket } from './bucket.ts';
import { createS3Client, type S3Client } from './client.ts';
import { createCredentials } from './credentials.ts';
import { createKeys, type Keys } from './keys.ts';
import { createListing } from './listing.ts';
import { restoreNewest, storePort } from './ports.ts';
import { badEndpoint } from './trouble.ts';

/** Frames of sources that wait for their acknowledgement; further ones are refused. */
const MAX_WAITING = 256;

export default defineNode<StoreS3Options>({
  check: (options, view) => [
    ...checkStaleAfter('stale_after', options.stale_after, view.frames('from')),
    ...refusal(
      (fault) => fault.code,
      () => [keysOf(options), endpointOf(options)],
    ),
    ...((options.access_key === undefined) === (options.secret_key === undefined) ? [] : [HALF_A_KEY]),
  ],
  async *examine(options, view) {
    yield* reach(view, { option: 'endpoint', url: endpointOf(options).href, tls: { ca: options.ca } });
  },
  async start(node) {
    const { options } = node;
    const keys = keysOf(options);
    const conditions = createConditions(node);
    const newest = await node.durable('newest', {
      same: [endpointOf(options).href, options.bucket, options.key],
      create: createNewest,
      dispose: (created) => created.close(),
    });
    const client = await clientOf(node);
    const bucket = createBucket(client, keys);
    const listing = createListing(bucket, keys);
    const writer = createStoreWriter({
      node,
      conditions,
      target: 'bucket',
      parallel: options.connections,
      maxWaiting: MAX_WAITING,
      maxCameras: options.max_cameras,
      put: (frame) => bucket.put(frame, node.signal),
      onRefused(_, cause) {
        // A picture without a valid key is no problem of the bucket.
        if (isFault(cause) && cause.code !== 'rejected') {
          conditions.set('write', `Pictures are not stored: ${cause.message}`);
        }
      },
    });
    const input = options.from === undefined ? undefined : node.input();
    const capture = storeFrames({ node, input, writer, newest, conditions, target: 'The bucket' });

    node.metrics.gauge('waiting', writer.waiting);
    node.defer(() => writer.idle());
    // One request checks the bucket and the credentials; a start does not wait for it.
    node.task(async (signal) => {
      await bucket.list({ prefix: keys.root, limit: 1 }, signal).catch((cause: unknown) => {
        if (!signal.aborted) conditions.set('write', `The bucket cannot be read: ${sentence(cause)}`);
      });
    });
    const parts = { node, bucket, listing, writer, newest };
    const restore = createKeyedSingleFlight((camera, signal) => restoreNewest(parts, camera, signal));
    return {
      store: storePort(parts),
      stills: storeStills({ node, newest, input, capture, restore: (camera) => restore(camera, node.signal) }),
    };
  },
});

const HALF_A_KEY: Finding = {
  option: 'access_key',
  code: 'wrong-value',
  message: 'access_key: "access_key" and "secret_key" belong together; set both, or neither.',
};

const keysOf = (options: StoreS3Options): Keys => createKeys(options.key, options.time_format);

function endpointOf({ endpoint, region }: StoreS3Options): URL {
  const url = new URL(endpoint ?? `https://s3.${region}.amazonaws.com`);
  if (url.pathname === '/' && url.search === '' && url.username === '' && url.hash === '') return url;
  throw badEndpoint(url.origin);
}

async function clientOf(node: Node<StoreS3Options>): Promise<S3Client> {
  const { options, clock } = node;
  const { timeout, connections } = options;
  const ca = options.ca === undefined ? undefined : node.resolve(options.ca);
  const http = await createUploadClient({ everyMs: 0, timeoutMs: timeout, connections, ca, clock });
  node.defer(() => http.close());
  return createS3Client({
    endpoint: endpointOf(options),
    bucket: options.bucket,
    region: options.region,
    style: options.style,
    timeout,
    giveUp: options.give_up,
    http,
    credentials: createCredentials(options, process.env, http, clock),
    clock,
    count: (name) => node.metrics.count(name),
  });
}
