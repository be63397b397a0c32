// The sorted list of built-in plugins; core/main.ts passes it to the catalog, which loads each module on first use.

import type { PluginList, StandaloneCommandList } from '../core/contract/plugin.ts';

/** The schema of `use` is schemas/<use>.schema.json. */
export const builtins: PluginList = {
  'cache/latest': () => import('./cache/latest.ts'),
  'http/camera-server': () => import('./http/camera-server/index.ts'),
  'http/events': () => import('./http/events/index.ts'),
  'http/health': () => import('./http/health.ts'),
  'http/history': () => import('./http/history/index.ts'),
  'http/list': () => import('./http/list/index.ts'),
  'http/metrics': () => import('./http/metrics/index.ts'),
  'http/moonraker-readonly': () => import('./http/moonraker-readonly/index.ts'),
  'http/moonraker-webcam': () => import('./http/moonraker-webcam/index.ts'),
  'http/proxy': () => import('./http/proxy.ts'),
  'http/server': () => import('./http/server/index.ts'),
  'http/snapshot': () => import('./http/snapshot.ts'),
  'http/still-page': () => import('./http/still-page/index.ts'),
  'http/stream': () => import('./http/stream.ts'),
  'http/viewer': () => import('./http/viewer/index.ts'),
  'http/webcam': () => import('./http/webcam/index.ts'),
  'http/websocket': () => import('./http/websocket/index.ts'),
  'mqtt/broker': () => import('./mqtt/broker/index.ts'),
  'mqtt/client': () => import('./mqtt/client/index.ts'),
  'mqtt/publish': () => import('./mqtt/publish/index.ts'),
  'parse/image': () => import('./parse/image.ts'),
  'parse/length-prefixed': () => import('./parse/length-prefixed/index.ts'),
  'parse/mjpeg': () => import('./parse/mjpeg.ts'),
  'parse/multipart': () => import('./parse/multipart/index.ts'),
  'parse/payload': () => import('./parse/payload/index.ts'),
  'parse/still': () => import('./parse/still.ts'),
  'reading/mqtt': () => import('./reading/mqtt/index.ts'),
  'registry/http': () => import('./registry/http.ts'),
  'registry/list': () => import('./registry/list.ts'),
  'registry/sql': () => import('./registry/sql/index.ts'),
  'retain/policy': () => import('./retain/policy/index.ts'),
  'service/systemd': () => import('./service/systemd/index.ts'),
  'source/exec': () => import('./source/exec/index.ts'),
  'source/http': () => import('./source/http/index.ts'),
  'source/http-poll': () => import('./source/http-poll.ts'),
  'source/http-stream': () => import('./source/http-stream.ts'),
  'source/mqtt': () => import('./source/mqtt/index.ts'),
  'source/still': () => import('./source/still/index.ts'),
  'source/tcp': () => import('./source/tcp.ts'),
  'source/test-pattern': () => import('./source/test-pattern/index.ts'),
  'source/v4l2': () => import('./source/v4l2/index.ts'),
  'source/websocket': () => import('./source/websocket/index.ts'),
  'store/disk': () => import('./store/disk/index.ts'),
  'transform/exif': () => import('./transform/exif/index.ts'),
  'transform/image': () => import('./transform/image/index.ts'),
  'upload/http': () => import('./upload/http/index.ts'),
  'upload/prusa-connect': () => import('./upload/prusa-connect/index.ts'),
};

/** Commands that need no profile. */
export const standaloneCommands: StandaloneCommandList = {
  cameras: () => import('./source/v4l2/cameras-command.ts'),
};
