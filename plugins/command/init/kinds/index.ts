// The kinds of deployments, in the order of the menu.

import type { Kind } from '../kind.ts';
import { cameraServer } from './camera-server.ts';
import { edgeUpload } from './edge-upload.ts';
import { infoscreenClient } from './infoscreen-client.ts';
import { infoscreenListener } from './infoscreen-listener.ts';
import { pi } from './pi.ts';
import { printer } from './printer.ts';
import { snapshotServer } from './snapshot-server.ts';
import { usb } from './usb.ts';

export const KINDS: readonly Kind[] = [
  usb,
  pi,
  printer,
  snapshotServer,
  cameraServer,
  infoscreenListener,
  infoscreenClient,
  edgeUpload,
];
