// source/test-pattern: a simulated camera that draws a clock, its name and the frame number.

import { defineNode } from '../../../core/contract/plugin.ts';
import type { SourceTestPatternOptions } from '../../../schemas/source/test-pattern.ts';
import { oneCamera } from '../../kit/capture/frame-facts.ts';
import { following } from '../../kit/capture/interval.ts';
import { publishFrames } from '../../kit/capture/sink.ts';
import { createPattern } from '../../kit/pattern/pattern.ts';

export default defineNode<SourceTestPatternOptions>({
  frames: (options, view) => oneCamera(options, view, 1000 / options.fps),
  start(node) {
    const { size, fps, name, camera } = node.options;
    const [width = 0, height = 0] = size.split('x').map(Number);
    const draw = createPattern({ width, height, name: name ?? camera ?? node.id });
    const every = 1000 / fps;
    const { clock } = node;

    publishFrames(node, node.options, async (sink, signal) => {
      const start = clock.monotonic();
      let next = start;
      while (!signal.aborted) {
        // The number follows from the time, so a slow machine skips numbers instead of falling behind.
        const number = Math.round((next - start) / every);
        const data = draw(number, clock.now(), fps);
        sink.hand({ data, type: 'image/jpeg', width, height, hasHeadroom: true });
        next = following(next, every, clock.monotonic());
        await clock.sleep(Math.max(0, next - clock.monotonic()), signal).catch(() => {});
      }
    });
  },
});
