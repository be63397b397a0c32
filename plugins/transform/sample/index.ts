// transform/sample: passes one picture per interval, every n-th, changed or bright ones, by day, or while a printer prints.

import { defineNode, type Finding, type Frame } from '../../../core/contract/plugin.ts';
import type { TransformSampleOptions } from '../../../schemas/transform/sample.ts';
import { loadSharp } from '../../kit/image/sharp.ts';
import { createCondition } from '../../kit/printer/condition.ts';
import { brightnessOf } from './brightness.ts';
import { createSampler } from './sampler.ts';
import { createServed } from './served.ts';

/** Limit of pictures whose brightness is measured in parallel, each of another camera. */
const PARALLEL = 4;
/** Limit of cameras with a state; beyond it, the oldest is dropped. */
export const MAX_CAMERAS = 4096;

/** Decides for the pictures of one camera. */
type Passing = (frame: Frame) => boolean;

const CONDITIONS = ['every', 'nth', 'hours', 'sun', 'min_brightness', 'max_brightness', 'when', 'layers'] as const;

export default defineNode<TransformSampleOptions>({
  frames({ every = 0 }, view) {
    const { cameras, interval } = view.frames('from');
    return { cameras, interval: every > 0 ? Math.max(every, interval ?? 0) : interval };
  },
  check(options): Finding[] {
    const { every, align, min_brightness: darkest = 0, max_brightness: brightest = 100 } = options;
    if (align && every === undefined) {
      return [{ option: 'align', code: 'wrong-value', message: 'align needs "every": the interval to align.' }];
    }
    if (darkest > brightest) {
      const message = 'min_brightness is above max_brightness, so that no picture passes.';
      return [{ option: 'min_brightness', code: 'wrong-value', message }];
    }
    if (options.changed || CONDITIONS.some((name) => options[name] !== undefined)) return [];
    const message =
      'No condition is set, so every picture passes; set every, nth, changed, hours, sun, a brightness or when.';
    return [{ option: 'from', code: 'advice', severity: 'warning', message }];
  },
  async start(node) {
    const { options } = node;
    const condition = createCondition(node);
    const passing = new Map<string, Passing>();
    const passes = (frame: Frame): boolean => {
      const known = passing.get(frame.camera);
      if (known) return known(frame);
      const [oldest] = passing.keys();
      if (passing.size >= MAX_CAMERAS && oldest !== undefined) passing.delete(oldest);
      const served = condition && createServed(condition);
      const sampler = createSampler(options);
      const created: Passing = (picture) => (served?.(picture) ?? true) && sampler(picture);
      passing.set(frame.camera, created);
      return created(frame);
    };
    const drop = (): undefined => {
      node.metrics.count('dropped_total');
      return undefined;
    };
    const input = node.input();
    input.onLeft((cameras) => {
      for (const camera of cameras) passing.delete(camera);
    });

    const { min_brightness: darkest = 0, max_brightness: brightest = 100 } = options;
    if (darkest === 0 && brightest === 100) {
      input.each((frame, wait) => (passes(frame) ? node.output.emit(frame, wait) : drop()), { delivery: 'through' });
      return;
    }
    const sharp = await loadSharp();
    // Measured first: a dark picture does not use up an interval or a layer.
    const step = async (frame: Frame): Promise<Frame | undefined> => {
      const brightness = await brightnessOf(frame, sharp);
      return brightness >= darkest && brightness <= brightest && passes(frame) ? frame : drop();
    };
    node.pass(step, { order: 'every', parallel: PARALLEL });
  },
});
