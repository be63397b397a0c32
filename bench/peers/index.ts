// The servers that `npm run bench -- --peers` looks for.

import { findProgram } from '../../core/base/find-program.ts';
import { go2rtc } from './go2rtc.ts';
import { mjpgStreamer } from './mjpg-streamer.ts';
import { nginx } from './nginx.ts';
import type { Peer } from './peer.ts';
import { ustreamer } from './ustreamer.ts';

export const peers: readonly Peer[] = [go2rtc, mjpgStreamer, nginx, ustreamer];

/** Why this peer is not measured; undefined when it is. */
export const whyNot = ({ program, missing }: Peer): string | undefined =>
  findProgram(program) === undefined ? `${program} is not in the PATH` : missing?.();
