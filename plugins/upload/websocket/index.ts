// upload/websocket: camd as a camera that pushes the newest picture over a WebSocket and executes the server's commands.

import { redactUrl } from '../../../core/base/redact.ts';
import { type CheckView, defineNode, type Finding, type Frame, misuse } from '../../../core/contract/plugin.ts';
import { sentence } from '../../../core/contract/problems.ts';
import type { UploadWebsocketOptions } from '../../../schemas/upload/websocket.ts';
import { reach } from '../../kit/examine/reach.ts';
import { createBackoff } from '../../kit/work/backoff.ts';
import { startEdge } from './edge.ts';
import { type Link, type LinkOptions, openLink } from './link.ts';
import { createMover } from './mover.ts';
import { type Command, lengthPrefixed } from './protocol.ts';

/** Pause before a reconnect in milliseconds: short, so that the camera is back within 5 s. */
const FIRST_MS = 250;
const MOST_MS = 4000;
/** Longer pause after the server has refused the camera. */
const REFUSED_MS = 30_000;
/** Time limit for a picture requested by the server, in milliseconds. */
const CAPTURE_MS = 15_000;

export default defineNode<UploadWebsocketOptions>({
  check({ handshake, id }: UploadWebsocketOptions, _view: CheckView): readonly Finding[] {
    if (handshake !== 'id-token' || id !== undefined) return [];
    return [
      { option: 'id', code: 'missing-option', message: 'id: "handshake: id-token" needs the number of the camera.' },
    ];
  },
  examine: ({ url }, view) => reach(view, { option: 'url', url }),
  start(node) {
    const { options, clock, log, metrics } = node;
    const { handshake, token, id, on_move: onMove } = options;
    if (handshake === 'camd') return startEdge(node);
    if (handshake === 'id-token' && id === undefined)
      throw misuse('no-id', `${node.id} needs "id", the number of the camera.`);
    const input = node.input();
    const mover =
      onMove &&
      createMover({ command: onMove, cwd: node.resolve('.'), clock, log, count: (name) => metrics.count(name) });
    if (mover) node.defer(() => mover.stop());
    let newest: Frame | undefined;
    let sent = -1;
    let link: Link | undefined;

    const sendNewest = (): void => {
      if (!link?.isReady() || !newest || newest.seq <= sent) return;
      if (clock.monotonic() - newest.arrived > options.stale_after) return;
      sent = newest.seq;
      metrics.count('pictures_sent_total');
      link.send(handshake === 'id-token' ? lengthPrefixed(newest.data) : newest.data);
    };
    const offer = (frame: Frame): void => {
      if (options.camera !== undefined && frame.camera !== options.camera) return;
      if (frame.type !== 'image/jpeg') {
        metrics.count('not_jpeg_total');
        return;
      }
      if (newest && frame.seq <= newest.seq && frame.camera === newest.camera) return;
      if (newest && newest.seq > sent) metrics.count('pictures_skipped_total');
      newest = frame;
      sendNewest();
    };
    input.each(offer, { delivery: 'live' });

    /** Sends a fresh picture if the camera can take one on request; otherwise sends the newest again. */
    const update = async (): Promise<void> => {
      metrics.count('updates_total');
      const camera = options.camera ?? newest?.camera ?? input.cameras()[0];
      if (camera !== undefined && input.answers('capture', camera)) {
        offer(await input.ask('capture', camera, undefined, AbortSignal.timeout(CAPTURE_MS)));
        return;
      }
      sent = -1;
      sendNewest();
    };
    const handle = (command: Command): void => {
      if (command.is === 'move') mover?.push(command);
      else if (command.is === 'update') {
        update().catch((cause: unknown) => log.warn('no picture could be taken', { why: sentence(cause) }));
      }
    };

    const hello: LinkOptions['hello'] =
      handshake === 'id-token' ? { is: 'id-token', id: id ?? 0, token } : { is: 'bearer', token };
    const backoff = createBackoff({ first: FIRST_MS, most: MOST_MS });
    metrics.gauge('connected', () => (link === undefined ? 0 : 1));
    node.task(async (signal) => {
      const url = redactUrl(options.url);
      while (!signal.aborted) {
        const opening = openLink({
          url: options.url,
          hello,
          timeout: options.timeout,
          signal,
          opened() {
            link = opening;
            log.info('connected as a camera', { url });
            // The server may not have the earlier pictures.
            sent = -1;
          },
          ready() {
            node.healthy();
            sendNewest();
          },
          onCommand: handle,
        });
        const started = clock.monotonic();
        const cause: unknown = await opening.ended.catch((thrown: unknown) => thrown);
        link = undefined;
        if (signal.aborted) return;
        metrics.count('connections_lost_total');
        // A connection of this duration counts as working.
        if (clock.monotonic() - started > MOST_MS) backoff.reset();
        node.degraded(sentence(cause));
        const refused = typeof cause === 'object' && cause !== null && 'code' in cause && cause.code === 'refused';
        await clock.sleep(refused ? REFUSED_MS : backoff.next(), signal).catch(() => {});
      }
    });
  },
});
