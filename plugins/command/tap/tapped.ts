// The client side of `camd tap`: reads JSON lines, each followed by its picture.

import { printable } from '../../../core/service/control/client.ts';
import type { TapEnd, TappedFrame } from '../../../core/service/control/messages.ts';

/** Most bytes of a head line. */
const MAX_HEAD = 4096;

/** Calls `onEnd` with the reason if camd reports that no further frames will come. */
export async function* tappedFrames(
  stream: AsyncIterable<Buffer>,
  onEnd: (why: string) => void,
): AsyncGenerator<{ readonly head: TappedFrame; readonly data: Buffer }> {
  let chunks: Buffer[] = [];
  let held = 0;
  let head: TappedFrame | undefined;
  for await (const chunk of stream) {
    chunks.push(chunk);
    held += chunk.length;
    if (head && held < head.size) continue;
    let buffer: Buffer = Buffer.concat(chunks);
    for (;;) {
      if (!head) {
        const end = buffer.indexOf(0x0a);
        if (end < 0) {
          if (buffer.length > MAX_HEAD) throw new Error('the answer is not that of a camd');
          break;
        }
        const line = JSON.parse(buffer.toString('utf8', 0, end), printable) as TappedFrame | TapEnd;
        if ('end' in line) return onEnd(line.end);
        head = line;
        buffer = buffer.subarray(end + 1);
      }
      if (buffer.length < head.size) break;
      yield { head, data: buffer.subarray(0, head.size) };
      buffer = buffer.subarray(head.size);
      head = undefined;
    }
    chunks = [buffer];
    held = buffer.length;
  }
}
