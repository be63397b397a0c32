// The built-in plugins, sorted: the only file of plugins/ that the core imports. Each is loaded when a profile first uses it.

import type { NodePlugin, ParserPlugin } from '../core/plugin.ts';

/** A plugin's module: its default export, whose options only the module itself knows. */
export type Load = () => Promise<{ readonly default: NodePlugin<never> | ParserPlugin<never> }>;

/** `use` → its module. The schema stands at schemas/<use>.schema.json. */
export const builtins: Readonly<Record<string, Load>> = {
  'cache/latest': () => import('./cache/latest.ts'),
  'http/health': () => import('./http/health.ts'),
  'http/history': () => import('./http/history/index.ts'),
  'http/metrics': () => import('./http/metrics/index.ts'),
  'http/moonraker-readonly': () => import('./http/moonraker-readonly/index.ts'),
  'http/moonraker-webcam': () => import('./http/moonraker-webcam/index.ts'),
  'http/proxy': () => import('./http/proxy.ts'),
  'http/server': () => import('./http/server/index.ts'),
  'http/snapshot': () => import('./http/snapshot.ts'),
  'http/stream': () => import('./http/stream.ts'),
  'http/viewer': () => import('./http/viewer/index.ts'),
  'http/webcam': () => import('./http/webcam/index.ts'),
  'mqtt/broker': () => import('./mqtt/broker/index.ts'),
  'mqtt/client': () => import('./mqtt/client/index.ts'),
  'mqtt/publish': () => import('./mqtt/publish/index.ts'),
  'parse/image': () => import('./parse/image.ts'),
  'parse/mjpeg': () => import('./parse/mjpeg.ts'),
  'parse/multipart': () => import('./parse/multipart.ts'),
  'parse/payload': () => import('./parse/payload.ts'),
  'parse/still': () => import('./parse/still.ts'),
  'registry/http': () => import('./registry/http.ts'),
  'registry/list': () => import('./registry/list.ts'),
  'registry/sql': () => import('./registry/sql/index.ts'),
  'retain/policy': () => import('./retain/policy/index.ts'),
  'source/exec': () => import('./source/exec.ts'),
  'source/http': () => import('./source/http/index.ts'),
  'source/http-poll': () => import('./source/http-poll.ts'),
  'source/http-stream': () => import('./source/http-stream.ts'),
  'source/mqtt': () => import('./source/mqtt.ts'),
  'source/tcp': () => import('./source/tcp.ts'),
  'source/test-pattern': () => import('./source/test-pattern.ts'),
  'store/disk': () => import('./store/disk/index.ts'),
  'transform/image': () => import('./transform/image/index.ts'),
  'upload/http': () => import('./upload/http.ts'),
  'upload/prusa-connect': () => import('./upload/prusa-connect/index.ts'),
};
