// The entry point of the page Add a camera.

import { CameraPage } from './lib/camera/page.ts';
import { start } from './lib/start.ts';

start('camera', import.meta.url, CameraPage);
