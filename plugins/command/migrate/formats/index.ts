// The formats that `camd migrate` reads, in the order of recognition.

import type { Format } from '../format.ts';
import { cameraServer } from './camera-server.ts';
import { crowsnest } from './crowsnest.ts';
import { frigate } from './frigate.ts';
import { go2rtc } from './go2rtc.ts';
import { infoscreen } from './infoscreen.ts';
import { mediamtx } from './mediamtx.ts';
import { mjpgStreamer } from './mjpg-streamer.ts';
import { motion } from './motion.ts';
import { piCameraServer } from './pi-camera-server.ts';
import { prusaBridge } from './prusa-bridge.ts';
import { snapshotServer } from './snapshot-server.ts';
import { ustreamer } from './ustreamer.ts';

export const formats: readonly Format[] = [
  crowsnest,
  frigate,
  mediamtx,
  go2rtc,
  snapshotServer,
  prusaBridge,
  cameraServer,
  infoscreen,
  mjpgStreamer,
  motion,
  piCameraServer,
  ustreamer,
];
