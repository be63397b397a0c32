// `dialect: camera-server` of source/http: one picture a request, with camera and token in the form, the query or the headers.

import { withTimeout } from '../../../core/base/deadline.ts';
import { isFinal } from '../../../core/contract/final.ts';
import type { HttpReply, HttpRequest } from '../../../core/contract/http.ts';
import { environment, type Node, type ParserFactory } from '../../../core/contract/plugin.ts';
import { isFault, sentence } from '../../../core/contract/problems.ts';
import type { SourceHttpOptions } from '../../../schemas/source/http.ts';
import {
  BODY_STATUS,
  bodyChunks,
  createHolding,
  declaredLength,
  type Holding,
  heldChunks,
} from '../../kit/http/body.ts';
import { message } from '../../kit/http/json.ts';
import { registryOf } from '../../kit/ingest/known.ts';
import { oneImage } from '../../kit/ingest/one-image.ts';
import { rateLimit } from '../../kit/ingest/rate-limit.ts';
import { kindOf } from './body.ts';
import {
  accepted,
  isNumber,
  missing,
  type Refusal,
  readCameraForm,
  refusalOf,
  refuse,
  senderOf,
} from './camera-server-form.ts';

/** The Retry-After in seconds when camd itself is at fault. */
const RETRY_S = '5';

export function startCameraServer(node: Node<SourceHttpOptions>, parser: ParserFactory): void {
  const { options, metrics, output } = node;
  const only = node.ref('only', 'registry');
  const rates = rateLimit(options.max_rate, options.max_cameras);
  let busy = 0;

  /** Why the camera may not send; undefined if it may. */
  const judge = async (camera: string, token: string): Promise<Refusal | undefined> => {
    if (!isNumber(camera)) return { status: 400, message: 'Invalid id in FormData' };
    const refused = refusalOf(camera, await registryOf(only).verify(camera, token));
    if (refused) return refused;
    const wait = rates.take(camera, node.clock.monotonic());
    if (wait === 0) return undefined;
    return { status: 429, message: 'This camera sends too often', retryAfter: Math.ceil(wait / 1000) };
  };
  const accept = async (request: HttpRequest, reply: HttpReply, holding: Holding): Promise<HttpReply> => {
    const type = request.headers['content-type'] ?? '';
    if (kindOf(type) !== 'form') return missing(reply, 'image');
    if ((declaredLength(request) ?? 0) > options.max_body) return message(reply, 413, 'The picture is too large');
    const sender = senderOf(request);
    const early = sender.camera !== undefined && sender.token !== '';
    // Camera and token outside of the form are checked before the picture is read.
    const refused = early ? await judge(sender.camera ?? '', sender.token) : undefined;
    if (refused) return refuse(reply, refused);

    const pieces = heldChunks(bodyChunks(request, options.max_body, options.timeout), holding);
    const form = await readCameraForm(pieces, type).catch((cause) => {
      // The original server treats an unreadable form like one without an image.
      if (isFault(cause) && cause.code === 'bad-form') return undefined;
      throw cause;
    });
    const camera = sender.camera ?? form?.fields.get('cameraId');
    const token = sender.token || (form?.fields.get('token') ?? '');
    if (camera === undefined) return missing(reply, 'cameraId');
    if (!form?.image) return missing(reply, options.field ?? 'image');
    if (!early && token === '') return missing(reply, 'token');
    const late = early ? undefined : await judge(camera, token);
    if (late) return refuse(reply, late);

    const found = oneImage(parser, form.image);
    if ('reason' in found) return message(reply, 400, `The picture cannot be used: ${found.reason}`);
    const frame = output.stamp({ ...found.image, camera });
    const slow = () => environment('not-kept', 'The picture was not accepted in time.');
    await withTimeout(options.timeout, slow, output.emit(frame, true));
    only.current()?.recordActivity?.(camera);
    metrics.count('accepted_total');
    return accepted(reply);
  };
  const handle = async (request: HttpRequest, reply: HttpReply): Promise<HttpReply> => {
    const retry = (why: string): HttpReply => message(reply.header('retry-after', RETRY_S), 503, why);
    if (busy >= options.in_flight) return retry('Too many pictures are under way');
    busy++;
    const holding = createHolding(node.memory);
    try {
      return await accept(request, reply, holding);
    } catch (cause) {
      const status = isFault(cause) ? BODY_STATUS[cause.code] : undefined;
      if (status === 503) return retry(sentence(cause));
      if (status !== undefined) return message(reply, status, sentence(cause));
      if (isFinal(cause)) return message(reply, 422, 'A consumer rejected the picture permanently');
      node.log[isFault(cause) ? 'warn' : 'error']('an upload was refused', { why: sentence(cause) });
      return retry('The picture could not be stored; send it again');
    } finally {
      holding.release();
      busy--;
      metrics.count(`answered_${reply.raw.statusCode}_total`);
    }
  };

  metrics.gauge('in_flight', () => busy);
  node
    .ref('on', 'server')
    .bind((server) =>
      server.route({ methods: ['POST'], path: options.path, handler: (request, reply) => handle(request, reply) }),
    );
}
