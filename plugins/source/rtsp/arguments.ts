// The command line of ffmpeg for one stream. Pure.

import type { SourceRtspOptions } from '../../../schemas/source/rtsp.ts';

/** ffmpeg's scale for JPEG: 2 is the best, 31 the worst. */
const BEST = 2;
const WORST = 31;

/** @param input the file that names the stream */
export function ffmpegArguments(options: SourceRtspOptions, input: string): string[] {
  const { frames, width, quality, hardware } = options;
  const rate = /^([\d.]+)\/([smh])$/.exec(frames);
  const filters = [
    ...(rate ? [`fps=${rate[1]}/${{ s: 1, m: 60, h: 3600 }[rate[2] as 's' | 'm' | 'h']}`] : []),
    ...(width === undefined ? [] : [`scale=${width}:-2`]),
  ];
  return [
    '-hide_banner',
    '-nostdin',
    ...['-loglevel', 'error'],
    // By default ffmpeg analyses the stream for seconds before the first picture.
    ...['-analyzeduration', '1000'],
    ...(hardware === undefined ? [] : ['-hwaccel', hardware]),
    // Each further thread delays the pictures by one.
    ...['-threads', '1'],
    ...(frames === 'key' ? ['-skip_frame', 'nokey'] : []),
    ...['-f', 'concat', '-safe', '0', '-protocol_whitelist', 'file,rtsp,rtsps,rtp,udp,tcp,tls,crypto'],
    ...['-i', input],
    ...['-an', '-sn', '-dn'],
    ...(filters.length > 0 ? ['-vf', filters.join(',')] : []),
    // Cameras repeat time stamps; without a fine time base ffmpeg would end at the second picture of one.
    ...(rate ? ['-fps_mode', 'cfr'] : ['-fps_mode', 'vfr', '-enc_time_base', '1:1000']),
    ...['-threads', '1', '-c:v', 'mjpeg', '-pix_fmt', 'yuvj420p'],
    ...['-q:v', String(Math.round(WORST - ((quality - 1) * (WORST - BEST)) / 99))],
    ...['-flush_packets', '1', '-f', 'image2pipe', '-'],
  ];
}
