// source/http: pictures uploaded by POST or PUT; one request, one picture, one definite response.

import { withTimeout } from '../../../core/base/deadline.ts';
import { CAMERA_ID } from '../../../core/base/formats.ts';
import { isFinal } from '../../../core/contract/final.ts';
import type { HttpReply, HttpRequest } from '../../../core/contract/http.ts';
import {
  type CheckView,
  defineNode,
  environment,
  type Fault,
  type Finding,
  type Frame,
  isFault,
  misuse,
} from '../../../core/contract/plugin.ts';
import { sentence } from '../../../core/contract/problems.ts';
import type { SourceHttpOptions } from '../../../schemas/source/http.ts';
import { byPlace } from '../../kit/capture/frame-facts.ts';
import { BODY_STATUS, createHolding, declaredLength, type Holding } from '../../kit/http/body.ts';
import { secretMatcher } from '../../kit/ingest/camera-token.ts';
import { createDedupe, fingerprintOf } from '../../kit/ingest/dedupe.ts';
import { isKnown } from '../../kit/ingest/known.ts';
import { type OneImage, oneImage } from '../../kit/ingest/one-image.ts';
import { rateLimit } from '../../kit/ingest/rate-limit.ts';
import { ACCEPTED_TYPES, kindOf, type Payload, payloadsOf } from './body.ts';
import { startCameraServer } from './camera-server.ts';
import { isStreamType, ONE_PICTURE } from './one-picture.ts';

/** The Retry-After in seconds when camd itself is at fault. */
const RETRY_S = 5;

const UNCOMPRESSED: ReadonlySet<string> = new Set(['', 'identity']);

/** A response other than 200. */
interface Refusal {
  readonly status: number;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Set if a retry cannot succeed. upload/http drops the picture only if a response has this field. */
  readonly refuses?: 'picture' | 'camera';
}

export default defineNode<SourceHttpOptions>({
  frames: (options, view) => byPlace([options.path], options, view),
  check(options, view) {
    const findings: Finding[] = [];
    if (options.path.includes('{camera}') && options.camera !== undefined) {
      const message = `camera: the path ${options.path} contains the camera already; remove "camera".`;
      findings.push({ option: 'camera', code: 'wrong-value', message });
    }
    if (options.dialect === 'camera-server') {
      if (options.only === undefined) {
        const message = `only: "dialect: camera-server" checks the cameras' tokens; name the registry that has them.`;
        findings.push({ option: 'only', code: 'missing-option', message });
      }
      return findings;
    }
    if (options.token === undefined && !options.anyone && isOpenServer(view)) {
      findings.push({ option: 'on', code: 'missing-option', message: `on: ${openServer(view.id, options.on)}` });
    }
    return findings;
  },
  start(node) {
    const { options, metrics, parser } = node;
    if (!parser) throw misuse('no-parser', `${node.id} needs "parse" to name a parser.`);
    if (options.dialect === 'camera-server') return startCameraServer(node, parser);
    const named = options.path.includes('{camera}');
    if (!named) node.output.announce(options.camera ?? node.id);
    const [registry] = node.refs('only', 'registry');
    const rates = rateLimit(options.max_rate, options.max_cameras);
    const dedupe = createDedupe(options.max_cameras);
    const isAuthorized = options.token === undefined ? undefined : bearerMatcher(options.token);
    let busy = 0;

    /** It closes the connection, because the body of a stream may never end. */
    const streamRefusal = (camera: string): Refusal => {
      node.log.warn('a stream was refused', { camera, why: ONE_PICTURE });
      return { status: 415, message: `${ONE_PICTURE}.`, headers: { connection: 'close' }, refuses: 'picture' };
    };

    /** All checks before the body arrives. */
    const refusal = async (request: HttpRequest, camera: string): Promise<Refusal | undefined> => {
      if (isAuthorized && !isAuthorized(request)) {
        const headers = { 'www-authenticate': 'Bearer realm="camd"' };
        return { status: 401, message: 'This path requires the header "Authorization: Bearer TOKEN".', headers };
      }
      // Any page open in a browser on this machine could post here; programs send no Origin.
      if (options.anyone && options.token === undefined && request.headers.origin !== undefined) {
        return { status: 403, message: 'Uploads from web pages need a token.' };
      }
      if (!CAMERA_ID.test(camera)) return { status: 404, message: 'This is not a valid camera id.', refuses: 'camera' };
      if (isStreamType(request.headers['content-type'])) return streamRefusal(camera);
      if (kindOf(request.headers['content-type']) === undefined) {
        return { status: 415, message: ACCEPTED_TYPES, refuses: 'picture' };
      }
      // A few compressed bytes could become gigabytes (RFC 9110 §12.5.3: Accept-Encoding in a response lists accepted codings).
      if (!UNCOMPRESSED.has(request.headers['content-encoding']?.trim().toLowerCase() ?? '')) {
        const headers = { 'accept-encoding': 'identity' };
        return {
          status: 415,
          message: 'Compressed bodies are not accepted; send the picture without Content-Encoding.',
          headers,
          refuses: 'picture',
        };
      }
      if ((declaredLength(request) ?? 0) > options.max_body) {
        return { status: 413, message: `The body may have at most ${options.max_body} bytes.`, refuses: 'picture' };
      }
      if (!(await isKnown(registry, camera))) {
        return { status: 404, message: 'This camera is not known.', refuses: 'camera' };
      }
      const wait = rates.take(camera, node.clock.monotonic());
      if (wait > 0) {
        const headers = { 'retry-after': String(Math.ceil(wait / 1000)) };
        return { status: 429, message: 'This camera sends too often.', headers };
      }
      return undefined;
    };

    /** The first payload that is a picture, else the error of the first payload. */
    const firstImage = (payloads: readonly Payload[]): OneImage => {
      const [first = oneImage(parser, Buffer.alloc(0)), ...others] = payloads.map(({ data, given }) =>
        oneImage(parser, data, given),
      );
      return [first, ...others].find((result) => 'image' in result) ?? first;
    };

    const accept = async (
      request: HttpRequest,
      camera: string,
      holding: Holding,
    ): Promise<Refusal | { readonly frame: Frame }> => {
      const payloads = await payloadsOf(request, options, holding);
      if (payloads.length === 0) {
        return { status: 400, message: 'The form does not contain that file.', refuses: 'picture' };
      }
      const found = firstImage(payloads);
      if ('reason' in found) {
        return { status: 400, message: `The picture cannot be used: ${found.reason}.`, refuses: 'picture' };
      }
      const key = keyOf(request);
      const frame = node.output.stamp({ ...found.image, camera, ...(key === undefined ? {} : { key }) });
      // A duplicate has the same picture and the same key: a sender that reuses keys loses no picture.
      const fingerprint = key === undefined ? undefined : `${fingerprintOf(frame.data)} ${key}`;
      if (fingerprint !== undefined && dedupe.has(camera, fingerprint)) {
        metrics.count('duplicates_total');
        return { frame };
      }
      const late = (): Fault => environment('not-kept', 'The picture was not accepted in time.');
      await withTimeout(options.timeout, late, node.output.emit(frame, true));
      if (fingerprint !== undefined) dedupe.accepted(camera, fingerprint);
      return { frame };
    };

    const handle = async (request: HttpRequest, reply: HttpReply, camera: string): Promise<HttpReply> => {
      if (busy >= options.in_flight) return answer(reply, unavailable('Too many uploads are in progress.'));
      busy++;
      const holding = createHolding(node.memory);
      try {
        const outcome = (await refusal(request, camera)) ?? (await accept(request, camera, holding));
        if (!('frame' in outcome)) {
          if (outcome.status === 400 || outcome.status === 404) {
            node.log.warn('an upload was not accepted', { camera, status: outcome.status, why: outcome.message });
          }
          return answer(reply, outcome);
        }
        metrics.count('accepted_total');
        const { seq, type, width, height, data } = outcome.frame;
        return reply
          .code(200)
          .header('cache-control', 'no-store')
          .type('application/json; charset=utf-8')
          .send(`${JSON.stringify({ status: 200, camera, seq, type, width, height, bytes: data.length })}\n`);
      } catch (cause) {
        const status = isFault(cause) ? BODY_STATUS[cause.code] : undefined;
        if (status === 503) return answer(reply, unavailable(`${sentence(cause)}.`));
        if (isFault(cause) && cause.code === 'is-stream') return answer(reply, streamRefusal(camera));
        if (status !== undefined) {
          const refuses = status === 413 ? { refuses: 'picture' as const } : {};
          return answer(reply, { status, message: `${sentence(cause)}.`, ...refuses });
        }
        if (isFinal(cause)) {
          const message = 'A consumer rejected the picture permanently.';
          return answer(reply, { status: 422, message, refuses: 'picture' });
        }
        if (!isFault(cause)) node.log.error('a picture could not be accepted', { cause: sentence(cause) });
        // Other causes may name folders and hosts, which only the log and the status may show.
        const isAway = isFault(cause) && cause.code === 'consumer-away';
        return answer(reply, unavailable(isAway ? cause.message : 'The picture could not be stored; send it again.'));
      } finally {
        holding.release();
        busy--;
      }
    };
    const answer = (reply: HttpReply, { status, message, headers = {}, refuses }: Refusal): HttpReply => {
      metrics.count(`answered_${status}_total`);
      if (status >= 500) node.log.warn('an upload was refused', { status, message });
      return reply
        .code(status)
        .headers(headers)
        .header('cache-control', 'no-store')
        .type('application/json; charset=utf-8')
        .send(`${JSON.stringify({ status, error: message, refuses })}\n`);
    };

    node.metrics.gauge('in_flight', () => busy);
    node.ref('on', 'server').bind((server) => {
      if (!server.authenticated && options.token === undefined && !options.anyone) {
        throw misuse('open-door', openServer(node.id, options.on));
      }
      return server.route({
        methods: ['POST', 'PUT'],
        path: options.path,
        handler: (request, reply, params) =>
          handle(request, reply, named ? (params.camera ?? '') : (options.camera ?? node.id)),
      });
    });
  },
});

/** The Idempotency-Key of a request (draft-ietf-httpapi-idempotency-key-header): a quoted string; from old clients, unquoted. */
const keyOf = ({ headers }: HttpRequest): string | undefined =>
  /^"?([!#-~]{1,128})"?$/.exec(String(headers['idempotency-key'] ?? '').trim())?.[1];

const openServer = (id: string, server: string): string =>
  `${id} accepts uploads from anyone: give it a "token", give ${server} "auth", or set "anyone: true".`;

/** True for a server that has "listen" and no "auth". Any other provider is checked at run time. */
function isOpenServer(view: CheckView): boolean {
  const server = view.optionsOf('on');
  if (typeof server !== 'object' || server === null || !('listen' in server)) return false;
  const auth = 'auth' in server && typeof server.auth === 'object' && server.auth !== null ? server.auth : {};
  return !('basic' in auth) && !('bearer' in auth);
}

const unavailable = (message: string): Refusal => ({
  status: 503,
  message,
  headers: { 'retry-after': String(RETRY_S) },
});

/** Bearer tokens (RFC 6750 §2.1), compared in constant time. */
function bearerMatcher(token: string): (request: HttpRequest) => boolean {
  const matches = secretMatcher(token);
  return ({ headers }) => matches(/^Bearer +(.+)$/i.exec(headers.authorization ?? '')?.[1] ?? '');
}
