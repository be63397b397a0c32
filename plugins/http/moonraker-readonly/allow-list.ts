// The exact HTTP paths and JSON-RPC methods that a visitor may read; all others are refused.

/**
 * GET paths that only read. GET alone is not safe: Klipper's endpoints act on GET too (`GET /printer/emergency_stop` stops the
 * printer), so each path is listed.
 */
export const READABLE_PATHS: readonly string[] = [
  '/access/info',
  '/machine/device_power/devices',
  '/machine/proc_stats',
  '/machine/system_info',
  '/machine/update/status',
  '/printer/info',
  '/printer/objects/list',
  '/printer/objects/query',
  '/server/announcements/list',
  '/server/files/directory',
  '/server/files/list',
  '/server/files/metadata',
  '/server/files/roots',
  '/server/files/thumbnails',
  '/server/gcode_store',
  '/server/history/job',
  '/server/history/list',
  '/server/history/totals',
  '/server/info',
  '/server/job_queue/status',
  '/server/temperature_store',
  '/server/webcams/item',
  '/server/webcams/list',
];

/** Below this path, files with picture extensions are thumbnails; G-code itself is not served. */
export const THUMBNAIL_ROOT = '/server/files/gcodes/';
export const THUMBNAIL_NAME = /\.(?:png|jpe?g|webp|gif|bmp|qoi)$/i;

/** Check for the parameters of a permitted method. */
export type MethodRule = 'plain' | 'identify' | 'objects' | 'database';

const plain = (prefix: string, names: string): [string, MethodRule][] =>
  names.split(' ').map((name) => [`${prefix}.${name}`, 'plain']);

/** JSON-RPC methods that only read, with the check for their parameters. */
export const READABLE_METHODS: ReadonlyMap<string, MethodRule> = new Map<string, MethodRule>([
  ['server.connection.identify', 'identify'],
  ['printer.objects.query', 'objects'],
  ['printer.objects.subscribe', 'objects'],
  ['server.database.get_item', 'database'],
  ...plain('access', 'get_user info'),
  ...plain('machine', 'proc_stats system_info timelapse.get_settings timelapse.lastframeinfo update.status'),
  ...plain('machine.device_power', 'devices get_device status'),
  ...plain('machine.peripherals', 'canbus serial usb video'),
  ...plain('machine.wled', 'get_strip status strips'),
  ...plain('printer', 'gcode.help info objects.list'),
  ...plain('server', 'analysis.status extensions.list gcode_store info job_queue.status notifiers.list'),
  ...plain('server', 'announcements.feeds announcements.list database.list temperature_store websocket.id'),
  ...plain('server.files', 'get_directory list metadata roots thumbnails'),
  ...plain('server.history', 'get_job list totals'),
  ...plain('server.sensors', 'info list measurements'),
  ...plain('server.spoolman', 'get_spool_id status'),
  ...plain('server.webcams', 'get_item list'),
]);

/** The whole configuration with all passwords: readable only if the profile allows it. */
export const CONFIG_METHOD = 'server.config';
export const CONFIG_PATH = '/server/config';

/** Client types of `server.connection.identify`, without "agent", which may register its own methods. */
export const CLIENT_TYPES: readonly string[] = ['web', 'mobile', 'desktop', 'display', 'bot', 'other'];

/** Parameters that carry a visitor's credentials; they are never forwarded. */
export function isCredential(name: string): boolean {
  return ['token', 'access_token', 'api_key', 'apikey', 'x-api-key'].includes(plainName(name));
}

/** Parameters that make a reading call act: `refresh` makes `machine.update.status` check for updates. */
export function isTrigger(name: string): boolean {
  return plainName(name) === 'refresh';
}

/** The Klipper object that holds the printer's whole configuration. */
export function isHiddenObject(name: string): boolean {
  return plainName(name) === 'configfile';
}

/** Moonraker reads a type after a colon ("configfile:str"), so only the name before it is compared. */
function plainName(name: string): string {
  return (name.split(':', 1)[0] ?? '').trim().toLowerCase();
}
