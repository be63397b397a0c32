// transform/sample: passes one picture per interval, every n-th, changed ones, or those within hours of the day.

import { defineNode, type Finding } from '../../../core/contract/plugin.ts';
import type { TransformSampleOptions } from '../../../schemas/transform/sample.ts';
import { createSampler, type Sampler } from './sampler.ts';

/** Cameras whose last picture is remembered; of further ones the oldest is forgotten. */
export const MAX_CAMERAS = 4096;

export default defineNode<TransformSampleOptions>({
  check({ every, nth, changed, hours, align }): Finding[] {
    if (align && every === undefined) {
      return [{ option: 'align', code: 'wrong-value', message: 'align needs "every": the interval to align.' }];
    }
    if (every !== undefined || nth !== undefined || changed || hours !== undefined) return [];
    const message = 'Nothing is set, so every picture passes; set every, nth, changed or hours.';
    return [{ option: 'from', code: 'advice', severity: 'warning', message }];
  },
  start(node) {
    const samplers = new Map<string, Sampler>();
    const samplerOf = (camera: string): Sampler => {
      const known = samplers.get(camera);
      if (known) return known;
      const [oldest] = samplers.keys();
      if (samplers.size >= MAX_CAMERAS && oldest !== undefined) samplers.delete(oldest);
      const made = createSampler(node.options);
      samplers.set(camera, made);
      return made;
    };
    const input = node.input();
    input.onLeft((cameras) => {
      for (const camera of cameras) samplers.delete(camera);
    });
    input.each(
      (frame, wait) => {
        if (samplerOf(frame.camera)(frame)) return node.output.emit(frame, wait);
        node.metrics.count('dropped_total');
      },
      { delivery: 'through' },
    );
  },
});
