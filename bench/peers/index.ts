// The supported peers of `npm run bench -- --peers`.

import { findProgram } from '../../core/base/find-program.ts';
import { go2rtc } from './go2rtc.ts';
import { mjpgStreamer } from './mjpg-streamer.ts';
import { nginx } from './nginx.ts';
import type { Peer } from './peer.ts';
import { ustreamer } from './ustreamer.ts';

export const peers: readonly Peer[] = [go2rtc, mjpgStreamer, nginx, ustreamer];

/** The reason that this peer is not measured; undefined if it is. */
export const whyNot = ({ program, missing }: Peer): string | undefined =>
  findProgram(program) === undefined ? `${program} is not in the PATH` : missing?.();
