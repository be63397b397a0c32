// Pictures from the stdout of the program: complete ones, and only those that were requested.

import { formatSize } from '../../../core/base/units.ts';
import type { ParsedImage, Parser } from '../../../core/contract/plugin.ts';
import { Fault } from '../../../core/contract/problems.ts';
import type { SourceNode } from '../../kit/capture/sink.ts';
import type { Pictures } from './pictures.ts';

export function picturesOfStdout(node: SourceNode): Pictures {
  let parser: Parser | undefined;
  let waiting: { resolve(image: ParsedImage): void; reject(cause: unknown): void } | undefined;
  let bytes = 0;
  let reason = '';

  const image = (picture: ParsedImage): void => {
    bytes = 0;
    if (!waiting) {
      node.metrics.count('unasked_total');
      node.log.warn('the program wrote a picture that was not requested; it was skipped');
      return;
    }
    waiting.resolve(picture);
    waiting = undefined;
  };
  const skipped = (count: number, why: string): void => {
    node.metrics.count('skipped_bytes_total', count);
    reason = ` (${why})`;
  };
  return {
    begin() {
      parser = node.parser?.({ image, skipped });
      if (!parser) throw new Fault('bug', 'no-parser', 'The source has no parser.');
      bytes = 0;
      reason = '';
    },
    push(chunk) {
      bytes += chunk.length;
      try {
        parser?.push(chunk);
      } catch (cause) {
        waiting?.reject(cause);
      }
    },
    async clear() {
      bytes = 0;
      reason = '';
    },
    next: (signal) =>
      new Promise((resolve, reject) => {
        signal.throwIfAborted();
        waiting = { resolve, reject };
        const onAbort = (): void => {
          waiting = undefined;
          reject(signal.reason);
        };
        signal.addEventListener('abort', onAbort, { once: true });
      }),
    // The whole stdout has been read before the program's end is reported.
    last: async () => undefined,
    remains: () => (bytes === 0 ? undefined : `${formatSize(bytes)} on its stdout are not a complete picture${reason}`),
  };
}
