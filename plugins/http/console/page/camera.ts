// The entry point of the page on which a camera is added.

import { CameraPage } from './lib/camera/page.ts';
import { start } from './lib/start.ts';

start('camera', import.meta.url, CameraPage);
