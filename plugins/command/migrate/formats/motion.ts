// Reads motion.conf with its camera files, and the camera files of motionEye: cameras, streams, snapshots and their folders.

import type { Draft, Options } from '../draft.ts';
import type { Format, Source } from '../format.ts';
import { controlsOf, deviceSource, piSource, showAll, urlSource } from '../sources.ts';
import { readKeys } from '../text/ini.ts';

type Keys = ReadonlyMap<string, string>;

export const motion: Format = {
  name: 'motion',
  files: 'motion.conf with its camera files, or the camera files of motionEye',
  advice: [
    'Stop motion or motionEye: systemctl disable --now motion (or motioneye)',
    'Motion detection, movies and events have no counterpart in camd.',
  ],
  recognise: ({ text }) =>
    /^\s*(videodevice|video_device|netcam_url|v4l2_device|libcam_device|mmalcam_name|stream_port|webcontrol_port|target_dir)\b/m.test(
      text,
    ) && !/^\s*\[/m.test(text),
  read(sources, draft) {
    const all = sources.map((source) => ({ source, keys: readKeys(source.text), own: motionEyeKeys(source.text) }));
    const main = all.find(({ source }) => /^\s*(camera|thread|camera_dir)\s+\S/m.test(source.text));
    const shared = main?.keys ?? new Map<string, string>();
    const cameras = all.filter((one) => one !== main || (all.length === 1 && hasCamera(one.keys)));
    if (main && cameras.length === 0) {
      throw new Error('its cameras are in other files; name them after it: camd migrate motion.conf camera1.conf');
    }
    const ids = cameras.flatMap(
      ({ source, keys, own }) => readCamera(source, new Map([...shared, ...keys]), own, draft) ?? [],
    );
    if (!draft.nodes.some(({ use }) => use === 'http/server')) showAll(draft, ids);
  },
};

const hasCamera = (keys: Keys): boolean =>
  ['videodevice', 'video_device', 'v4l2_device', 'netcam_url', 'libcam_device', 'mmalcam_name'].some(
    (key) => (keys.get(key) ?? '') !== '',
  );

/** motionEye keeps its own settings in comments: "# @name Door". */
function motionEyeKeys(text: string): Keys {
  return new Map([...text.matchAll(/^#\s*@([a-z_]+)\s+(.*?)\s*$/gm)].map(([, key = '', value = '']) => [key, value]));
}

/** Returns the node that sends the pictures of the camera, rotated as in the original. */
function readCamera(source: Source, keys: Keys, own: Keys, draft: Draft): string | undefined {
  const get = (...names: readonly string[]): string =>
    names
      .map((name) => keys.get(name) ?? '')
      .find((text) => text !== '' && text !== '(null)' && !/^value$/.test(text)) ?? '';
  const title = own.get('name') ?? get('camera_name') ?? '';
  const id = draft.id(title || source.name.replace(/\.conf$/, '').replace(/^motion.*$/, 'camera'));
  if (title !== '' && title !== id) draft.name(id, title);
  const size = `${get('width') || '640'}x${get('height') || '480'}`;
  const fps = Number(get('framerate') || Number.NaN);
  const url = get('netcam_url', 'netcam_high_url');
  const device = get('v4l2_device', 'video_device', 'videodevice');
  const camera =
    url !== ''
      ? netcam(url, get('netcam_userpass'), id, draft)
      : get('mmalcam_name', 'libcam_device') !== ''
        ? piSource(draft, id, size, Number.isFinite(fps) ? fps : undefined)
        : deviceSource(draft, id, {
            device: device || '/dev/video0',
            size,
            fps: Number.isFinite(fps) ? fps : undefined,
            controls: controlsOf(get('vid_control_params', 'video_params').replaceAll('"', '')),
          });
  if (camera === undefined) return undefined;
  if (own.get('enabled') === 'off') draft.note(`${id} is disabled in motionEye, but enabled here`);

  const rotate = get('rotate');
  const flip = { h: 'horizontal', v: 'vertical' }[get('flip_axis')];
  const turned = /^(90|180|270)$/.test(rotate) || flip !== undefined;
  const from = turned
    ? draft.node(draft.id(`${id}_turned`), 'transform/image', {
        from: camera,
        ...(turned && rotate !== '0' && rotate !== '' ? { rotate: Number(rotate) } : {}),
        ...(flip ? { flip } : {}),
      })
    : camera;
  stream(get, id, from, draft);
  snapshots(get, own, id, from, draft);
  for (const [key, what] of UNSUPPORTED)
    if (!/^(|0|off|no|value|\(null\))$/.test(keys.get(key) ?? '')) draft.note(`${id}: ${key} (${what})`);
  return from;
}

const UNSUPPORTED: readonly (readonly [string, string])[] = [
  ['on_event_start', 'a command at an event'],
  ['on_motion_detected', 'a command at motion'],
  ['on_picture_save', 'a command for each picture; notify/* and upload/* send pictures'],
  ['on_movie_end', 'a command for each movie'],
  ['movie_output', 'movies'],
  ['ffmpeg_output_movies', 'movies'],
  ['timelapse_interval', 'time-lapse movies'],
  ['mask_file', 'a mask'],
  ['text_left', 'text in the picture'],
  ['text_right', 'text in the picture'],
  ['video_pipe', 'a loopback device'],
  ['database_type', 'a database of events'],
];

function netcam(url: string, userpass: string, id: string, draft: Draft): string | undefined {
  const whole =
    userpass === '' || url.includes('@')
      ? url
      : url.replace('://', `://${userpass.split(':').map(encodeURIComponent).join(':')}@`);
  return urlSource(draft, id, whole.replace(/^mjpeg:/, 'http:').replace(/^file:/, 'file:'));
}

type Get = (...names: readonly string[]) => string;

function stream(get: Get, id: string, from: string, draft: Draft): void {
  const port = get('stream_port', 'webcam_port');
  if (!/^[1-9]\d{0,4}$/.test(port)) return;
  const latest = draft.node(draft.id(`${id}_latest`), 'cache/latest', { from });
  const local = get('stream_localhost', 'webcam_localhost') !== 'off';
  const [user = '', password] = get('stream_authentication').split(':');
  const users =
    password === undefined
      ? undefined
      : {
          [draft.text(user)]: draft.secret(`${id}_STREAM_PASSWORD`, `the password of ${user} for the stream of ${id}`),
        };
  const web = draft.node(draft.id(`${id}_web`), 'http/server', {
    listen: local ? `127.0.0.1:${port}` : `:${port}`,
    auth: users && { basic: { users } },
  });
  draft.node(draft.id(`${id}_stream`), 'http/stream', { on: web, from: latest, path: '/' });
  draft.node(draft.id(`${id}_snapshot`), 'http/snapshot', { on: web, from: latest, path: '/snapshot.jpg' });
}

function snapshots(get: Get, own: Keys, id: string, from: string, draft: Draft): void {
  const seconds = Number(get('snapshot_interval') || 0);
  const folder = get('target_dir');
  if (/^(on|best|first|center)$/.test(get('picture_output', 'output_pictures', 'output_normal')))
    draft.note(`${id}: pictures at motion; camd keeps pictures at an interval`);
  if (!(seconds > 0) || folder === '') return;
  const sample = draft.node(draft.id(`${id}_sample`), 'transform/sample', { from, every: `${seconds}s` });
  const store = draft.node(
    draft.id(`${id}_pictures`),
    'store/disk',
    { from: sample, path: draft.text(folder) },
    'camd uses its own file names.',
  );
  const days = Number(own.get('preserve_pictures') ?? 0);
  const limits: Options = days > 0 ? { max_age: `${days}d` } : {};
  if (days > 0) draft.node(draft.id(`${id}_retention`), 'retain/policy', { into: store, ...limits });
}
