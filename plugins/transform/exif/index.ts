// transform/exif: writes EXIF tags into each JPEG without re-encoding it: capture time, camera, software, a sensor's reading.

import { defineNode, type Fact, type Frame, type Reading, type Readings } from '../../../core/contract/plugin.ts';
import type { TransformExifOptions } from '../../../schemas/transform/exif.ts';
import { type ExifTags, writeExif } from '../../kit/image/exif.ts';
import { zone } from '../../kit/time/zone.ts';
import { stripMetadata } from './strip.ts';
import { commentOf, corrected, timeTags } from './tags.ts';

export default defineNode<TransformExifOptions>({
  start(node) {
    const { options, metrics } = node;
    const local = zone(options.timezone);
    const [readings] = node.refs('readings', 'readings');
    const fixed: ExifTags = {
      software: options.software,
      ...(options.make === undefined ? {} : { make: options.make }),
      ...(options.model === undefined ? {} : { model: options.model }),
      ...(options.orientation === undefined ? {} : { orientation: options.orientation }),
    };

    const step = (frame: Frame): Frame => {
      if (frame.type !== 'image/jpeg') {
        metrics.count('untagged_total');
        return frame;
      }
      const measured = measure(frame, readings?.current(), options);
      const data = options.strip ? stripMetadata(frame.data) : frame.data;
      const written = writeExif(data, {
        ...fixed,
        ...(options.time ? timeTags(frame.time, local) : {}),
        ...(measured?.comment === undefined ? {} : { userComment: measured.comment }),
      });
      const meta = { ...frame.meta, ...measured?.meta };
      if (Buffer.isBuffer(written)) return { ...frame, data: written, hasHeadroom: false, meta };
      // The picture matters more than its tags: it is passed on, with the error in its meta.
      metrics.count('untagged_total');
      node.log.warn('EXIF not written', { camera: frame.camera, why: written.reason });
      return { ...frame, meta: { ...meta, exif_error: written.reason } };
    };
    node.pass(step, { order: 'every' });
  },
});

interface Measured {
  readonly comment?: string;
  readonly meta: Readonly<Record<string, Fact>>;
}

/** The sensor's reading at the capture time; a stale reading is omitted, or marked with its age. */
function measure(frame: Frame, readings: Readings | undefined, options: TransformExifOptions): Measured | undefined {
  if (options.readings === undefined) return undefined;
  const reading: Reading | undefined = readings?.nearest(frame.time);
  if (!readings || !reading) return { meta: { reading_missing: true } };
  const age = frame.time - reading.time;
  const stale = Math.abs(age) > readings.maxAge;
  const facts = { reading_age_ms: Math.round(age), ...(stale ? { reading_stale: true } : {}) };
  if (stale && options.stale === 'omit') return { meta: facts };
  const values = corrected(reading, { offsets: options.offsets[frame.camera] ?? {}, wrap: options.wrap });
  return {
    comment: commentOf(values, reading.time, stale ? age : undefined),
    meta: { ...facts, reading: values },
  };
}
