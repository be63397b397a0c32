// The session of one camera: checks its id and token, receives its pictures, and sends it commands and requests for the next picture.

import type { ParsedImage, Verdict } from '../../../core/contract/plugin.ts';
import { createCollector } from '../../kit/image/collector.ts';
import { isRefusal } from '../../kit/image/jpeg-header.ts';
import { createLengthPrefixedReader, type LengthPrefixedReader } from '../../kit/image/length-prefixed.ts';
import { toImage } from '../../kit/image/recognise.ts';
import { OPCODE } from '../../kit/websocket/frame-reader.ts';
import { type CameraCommand, encodeCommand, encodeText, NEXT } from './commands.ts';
import { CLOSE, type Connection } from './connection.ts';
import { createBytes, type Greeting, judge, readIdAndToken, unknown } from './greeting.ts';

/** Messages in a row without a JPEG, after which the connection is closed. */
export const MAX_INVALID = 20;

export interface SessionHost {
  known(camera: string): Promise<boolean>;
  verify(camera: string, token: string): Promise<Verdict>;
  /** False if the camera sends too often: its next picture is skipped. */
  wanted(camera: string): boolean;
  picture(camera: string, image: ParsedImage): void;
  count(name: string): void;
  /** Bytes of the largest picture; a longer one ends the connection. */
  readonly maxFrame: number;
  /** Bytes of the largest picture that is used; a longer one is skipped. */
  readonly maxSize: number;
}

export interface Session {
  data(bytes: Buffer, last: boolean): void;
  greet(owner: SessionHost): Promise<Greeting>;
  /** Ends the greeting and starts to read the bytes after it. */
  begin(camera: string, owner: SessionHost): void;
  command(command: CameraCommand): boolean;
}

/** May change during the session; undefined for a moment during a reload, when pictures are skipped. */
type Host = () => SessionHost | undefined;

const tooLarge = (connection: Connection): void => connection.close(CLOSE.tooLarge, 'the picture is too large');

/** The original form: a stream of bytes, regardless of the boundaries of messages. */
export function createIdTokenSession(connection: Connection, host: Host): Session {
  const bytes = createBytes((on) => (on ? connection.resume() : connection.pause()));
  let reader: LengthPrefixedReader | undefined;
  return {
    data(chunk) {
      if (!reader) bytes.push(chunk);
      else if (connection.isOpen()) reader.push(chunk);
    },
    greet: (owner) => readIdAndToken(bytes, owner),
    begin(camera, owner) {
      const pictures = createPictures(connection, camera, host);
      reader = createLengthPrefixedReader(
        { order: 'little', max: owner.maxFrame },
        { ...pictures, refused: () => tooLarge(connection) },
      );
      reader.push(bytes.rest());
      connection.resume();
    },
    command: (command) => connection.send(OPCODE.binary, encodeCommand(command)),
  };
}

/** The modern form: one picture is one message, and the camera sends the next one on request. */
export function createBearerSession(
  connection: Connection,
  sender: { readonly camera: string; readonly token: string },
  host: Host,
): Session {
  const collector = createCollector();
  const pictures = createPictures(connection, sender.camera, host);
  const next = (): void => void connection.send(OPCODE.text, NEXT);
  let max: number | undefined;
  let total = 0;
  let isUsed = true;

  connection.pause();
  return {
    data(chunk, last) {
      if (max === undefined || !connection.isOpen()) return;
      if (total === 0) isUsed = pictures.wanted(0);
      total += chunk.length;
      if (total > max) {
        tooLarge(connection);
        return;
      }
      if (isUsed && total > pictures.maxSize()) {
        isUsed = false;
        collector.clear();
      }
      if (isUsed) collector.append(chunk, 0, chunk.length);
      if (!last) return;
      if (isUsed && total > 0) pictures.picture(collector.take());
      total = 0;
      next();
    },
    async greet(owner) {
      return (await owner.known(sender.camera)) ? judge(sender.camera, sender.token, owner) : unknown(sender.camera);
    },
    begin(_camera, owner) {
      max = owner.maxFrame;
      next();
      connection.resume();
    },
    command: (command) => connection.send(OPCODE.text, encodeText(command)),
  };
}

function createPictures(connection: Connection, camera: string, host: Host) {
  let strange = 0;
  const maxSize = (): number => host()?.maxSize ?? 0;
  return {
    maxSize,
    wanted(bytes: number): boolean {
      const owner = host();
      if (!owner) return false;
      if (bytes > owner.maxSize) owner.count('over_max_size_total');
      return bytes <= owner.maxSize && owner.wanted(camera);
    },
    picture(data: Buffer): void {
      const owner = host();
      if (!owner) return;
      const image = toImage(data, true);
      if (!isRefusal(image) && image.type === 'image/jpeg') {
        strange = 0;
        owner.picture(camera, image);
        return;
      }
      owner.count('not_jpeg_total');
      strange++;
      if (strange === MAX_INVALID) {
        connection.close(CLOSE.unsupported, `${MAX_INVALID} messages in a row were no JPEG`);
      }
    },
  };
}
