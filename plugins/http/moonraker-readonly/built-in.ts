// A minimal Moonraker without a printer: the answers that Mainsail, Fluidd and Mobileraker need to show the camera. Pure.

import { REDUCED_CONFIG } from './reduced-config.ts';

export interface BuiltInOptions {
  readonly version: string;
  /** Name of the webcam in the apps. */
  readonly name: string;
  /** Path of the http/webcam on this server. */
  readonly path: string;
}

export interface Question {
  readonly params: Readonly<Record<string, unknown>>;
  /** Scheme and Host header of the request, for absolute URLs: relative ones would mean port 80. */
  readonly origin: string;
}

/** The result of a call; undefined for an unsupported method. */
export type BuiltIn = (method: string, question: Question) => unknown;

const OBJECTS: Readonly<Record<string, unknown>> = {
  webhooks: { state: 'ready', state_message: 'There is no printer: only the camera is shown' },
  print_stats: { state: 'standby', filename: '', total_duration: 0, print_duration: 0, filament_used: 0, message: '' },
  display_status: { progress: 0, message: null },
  idle_timeout: { state: 'Idle', printing_time: 0 },
};

export function createBuiltIn({ version, name, path }: BuiltInOptions): BuiltIn {
  let connections = 0;
  const webcam = ({ origin }: Question) => ({
    name,
    location: 'printer',
    service: 'mjpegstreamer',
    enabled: true,
    icon: 'mdiWebcam',
    target_fps: 15,
    target_fps_idle: 5,
    stream_url: `${origin}${path}?action=stream`,
    snapshot_url: `${origin}${path}?action=snapshot`,
    flip_horizontal: false,
    flip_vertical: false,
    rotation: 0,
    aspect_ratio: '4:3',
    extra_data: {},
    source: 'config',
    uid: 'camd',
  });
  const objects = ({ params }: Question) => {
    const requested = Object.keys(typeof params.objects === 'object' && params.objects !== null ? params.objects : {});
    const known = requested.filter((name) => Object.hasOwn(OBJECTS, name));
    return { eventtime: 0, status: Object.fromEntries(known.map((name) => [name, OBJECTS[name]])) };
  };
  const methods: Readonly<Record<string, (question: Question) => unknown>> = {
    'server.connection.identify': () => ({ connection_id: ++connections }),
    'server.websocket.id': () => ({ websocket_id: connections }),
    'server.info': () => ({
      klippy_connected: true,
      klippy_state: 'ready',
      components: ['webcam'],
      failed_components: [],
      registered_directories: [],
      warnings: [],
      websocket_count: 1,
      moonraker_version: `camd ${version}`,
      missing_klippy_requirements: [],
      api_version: [1, 5, 0],
      api_version_string: '1.5.0',
    }),
    'server.config': () => REDUCED_CONFIG,
    'printer.info': () => ({
      state: 'ready',
      state_message: 'There is no printer: only the camera is shown',
      hostname: 'camd',
      software_version: version,
      cpu_info: '',
    }),
    'printer.objects.list': () => ({ objects: Object.keys(OBJECTS) }),
    'printer.objects.query': objects,
    'printer.objects.subscribe': objects,
    'printer.gcode.help': () => ({}),
    'server.webcams.list': (question) => ({ webcams: [webcam(question)] }),
    'server.webcams.get_item': (question) => ({ webcam: webcam(question) }),
    'server.gcode_store': () => ({ gcode_store: [] }),
    'server.temperature_store': () => ({}),
    'server.database.list': () => ({ namespaces: [] }),
    'server.files.list': () => [],
    'server.files.roots': () => [],
    'server.files.get_directory': () => ({ dirs: [], files: [], disk_usage: { total: 0, used: 0, free: 0 } }),
    'server.history.list': () => ({ count: 0, jobs: [] }),
    'server.history.totals': () => ({ job_totals: {} }),
    'server.job_queue.status': () => ({ queued_jobs: [], queue_state: 'ready' }),
    'server.announcements.list': () => ({ entries: [], feeds: [] }),
    'machine.system_info': () => ({ system_info: {} }),
    'machine.proc_stats': () => ({ moonraker_stats: [], throttled_state: null, network: {}, websocket_connections: 1 }),
    'machine.update.status': () => ({ busy: false, version_info: {} }),
    'machine.device_power.devices': () => ({ devices: [] }),
    'access.info': () => ({ default_source: 'moonraker', available_sources: ['moonraker'], trusted: true }),
  };
  return (method, question) => (Object.hasOwn(methods, method) ? methods[method]?.(question) : undefined);
}

/** "/server/webcams/item" → "server.webcams.get_item" (docs/external_api: several verbs share such a path). */
export const methodOf = (path: string): string =>
  path
    .slice(1)
    .replaceAll('/', '.')
    .replace(/\.(item|directory|job)$/, '.get_$1');

/** Answers the calls that the filter has passed, like Moonraker with one object or one array. */
export function answerCalls(forward: string, builtIn: BuiltIn, origin: string): string | undefined {
  const calls: unknown = JSON.parse(forward);
  const answers = (Array.isArray(calls) ? calls : [calls]).flatMap((call: unknown) => {
    if (typeof call !== 'object' || call === null || !('id' in call) || !('method' in call)) return [];
    const params = 'params' in call && isObject(call.params) ? call.params : {};
    const result = builtIn(String(call.method), { params, origin });
    const error = { code: 404, message: 'Not found: there is no printer, only a camera' };
    return [{ jsonrpc: '2.0', ...(result === undefined ? { error } : { result }), id: call.id }];
  });
  if (answers.length === 0) return undefined;
  return JSON.stringify(Array.isArray(calls) ? answers : answers[0]);
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
