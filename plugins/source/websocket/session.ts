// What one camera does on its connection: it is greeted, then sends pictures, and is told when to move or to send the next one.

import type { ParsedImage, Verdict } from '../../../core/contract/plugin.ts';
import { createCollector } from '../../kit/image/collector.ts';
import { isRefusal } from '../../kit/image/jpeg-header.ts';
import { createLengthPrefixedReader, type LengthPrefixedReader } from '../../kit/image/length-prefixed.ts';
import { toImage } from '../../kit/image/recognise.ts';
import { OPCODE } from '../../kit/websocket/frame-reader.ts';
import { type CameraCommand, encodeCommand, encodeText, NEXT } from './commands.ts';
import { CLOSE, type Connection } from './connection.ts';
import { createBytes, type Greeting, judge, readIdAndToken, unknown } from './greeting.ts';

/** Messages in a row that are no JPEG, after which the connection is closed. */
export const MAX_STRANGE = 20;

export interface SessionHost {
  known(camera: string): Promise<boolean>;
  verify(camera: string, token: string): Promise<Verdict>;
  /** False: the camera sends too often, and the next picture passes without being kept. */
  wanted(camera: string): boolean;
  picture(camera: string, image: ParsedImage): void;
  count(name: string): void;
  /** Bytes of the largest picture; a longer one ends the connection. */
  readonly maxFrame: number;
  /** Bytes of the largest picture that is kept; a longer one passes. */
  readonly maxSize: number;
}

export interface Session {
  data(bytes: Buffer, last: boolean): void;
  greet(by: SessionHost): Promise<Greeting>;
  /** The greeting is over: what has come behind it is read from here on. */
  begin(camera: string, by: SessionHost): void;
  command(command: CameraCommand): boolean;
}

/** Changes while the session lives; undefined for a moment during a reload, when pictures pass. */
type Host = () => SessionHost | undefined;

const tooLarge = (connection: Connection): void => connection.close(CLOSE.tooLarge, 'the picture is too large');

/** The original form: a stream of bytes, whatever messages it is cut into. */
export function createIdTokenSession(connection: Connection, host: Host): Session {
  const bytes = createBytes((on) => (on ? connection.resume() : connection.pause()));
  let reader: LengthPrefixedReader | undefined;
  return {
    data(chunk) {
      if (!reader) bytes.push(chunk);
      else if (connection.isOpen()) reader.push(chunk);
    },
    greet: (by) => readIdAndToken(bytes, by),
    begin(camera, by) {
      const pictures = createPictures(connection, camera, host);
      reader = createLengthPrefixedReader(
        { order: 'little', max: by.maxFrame },
        { ...pictures, refused: () => tooLarge(connection) },
      );
      reader.push(bytes.rest());
      connection.resume();
    },
    command: (command) => connection.send(OPCODE.binary, encodeCommand(command)),
  };
}

/** The modern form: one picture is one message, and the camera sends the next one when it is asked to. */
export function createBearerSession(
  connection: Connection,
  asked: { readonly camera: string; readonly token: string },
  host: Host,
): Session {
  const collector = createCollector();
  const pictures = createPictures(connection, asked.camera, host);
  const next = (): void => void connection.send(OPCODE.text, NEXT);
  let max: number | undefined;
  let total = 0;
  let kept = true;

  connection.pause();
  return {
    data(chunk, last) {
      if (max === undefined || !connection.isOpen()) return;
      if (total === 0) kept = pictures.wanted(0);
      total += chunk.length;
      if (total > max) {
        tooLarge(connection);
        return;
      }
      if (kept && total > pictures.maxSize()) {
        kept = false;
        collector.clear();
      }
      if (kept) collector.append(chunk, 0, chunk.length);
      if (!last) return;
      if (kept && total > 0) pictures.picture(collector.take());
      total = 0;
      next();
    },
    async greet(by) {
      return (await by.known(asked.camera)) ? judge(asked.camera, asked.token, by) : unknown(asked.camera);
    },
    begin(_camera, by) {
      max = by.maxFrame;
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
      const by = host();
      if (!by) return false;
      if (bytes > by.maxSize) by.count('over_max_size_total');
      return bytes <= by.maxSize && by.wanted(camera);
    },
    picture(data: Buffer): void {
      const by = host();
      if (!by) return;
      const image = toImage(data, true);
      if (!isRefusal(image) && image.type === 'image/jpeg') {
        strange = 0;
        by.picture(camera, image);
        return;
      }
      by.count('not_jpeg_total');
      strange++;
      if (strange === MAX_STRANGE) {
        connection.close(CLOSE.unsupported, `${MAX_STRANGE} messages in a row were no JPEG`);
      }
    },
  };
}
