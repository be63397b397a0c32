// Nodes that several formats share: a source for a URL or a device, and the server that shows the cameras.

import { isSecretParameter, redactUrl } from '../../../core/base/redact.ts';
import { type Draft, isVariable, type Options, type Value } from './draft.ts';

/** Paths under which cameras serve single pictures. */
const STILL = /(\.jpe?g|\.png|snapshot|snap\.cgi|image\.cgi|\/frame\.jpeg|action=snapshot|shot\.jpg|\/still)/i;

/**
 * The source for a camera's URL; undefined, with a note, if camd does not support such URLs. Passwords become variables.
 * `options` are added to the node's own.
 */
export function urlSource(draft: Draft, id: string, url: string, options: Options = {}): string | undefined {
  const [, scheme = '', rest = ''] = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/is.exec(url.trim()) ?? [];
  const kind = scheme.toLowerCase();
  const use = { rtsp: 'source/rtsp', rtsps: 'source/rtsp', http: httpUse(rest), https: httpUse(rest) }[kind];
  if (use === undefined) {
    draft.note(
      `${id}: ${kind === '' ? 'its source' : `a ${kind}:// source`} has no counterpart; camd reads rtsp://, http:// and https://`,
    );
    return undefined;
  }
  const authority = /^[^/?#]*/.exec(rest)?.[0] ?? '';
  const at = authority.lastIndexOf('@');
  const [user = '', ...password] = at < 0 ? [] : authority.slice(0, at).split(':');
  const address = `${kind}://${at < 0 ? rest : rest.slice(at + 1)}`;
  const credentials = {
    ...(user === '' ? {} : { username: draft.text(decoded(user)) }),
    ...(password.length === 0
      ? {}
      : {
          password: secretOr(draft, decoded(password.join(':')), `${id}_PASSWORD`, `the password of the camera ${id}`),
        }),
  };
  return draft.node(id, use, {
    url: withoutQuerySecrets(draft, id, withoutFragment(address)),
    ...credentials,
    ...options,
  });
}

const httpUse = (rest: string): string => (STILL.test(rest) ? 'source/http-poll' : 'source/http-stream');

/** go2rtc and others add options behind "#". */
const withoutFragment = (url: string): string => url.replace(/#.*$/s, '');

/** A password that already is a variable stays one. */
export function secretOr(draft: Draft, value: string, wanted: string, what: string): string {
  return isVariable(value) ? draft.text(value) : draft.secret(wanted, what);
}

function withoutQuerySecrets(draft: Draft, id: string, url: string): string {
  const [path = '', ...query] = url.split('?');
  if (query.length === 0) return draft.text(path);
  const pairs = query
    .join('?')
    .split('&')
    .map((pair) => {
      const [name = '', ...value] = pair.split('=');
      if (value.length === 0 || !isSecretParameter(name)) return draft.text(pair);
      return `${draft.text(name)}=${secretOr(draft, value.join('='), `${id}_${name}`, `"${name}" in the URL of the camera ${id}`)}`;
    });
  return `${draft.text(path)}?${pairs.join('&')}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A URL without credentials, for a note. */
export const shownUrl = (url: string): string => redactUrl(url);

export interface Device {
  readonly device: string;
  /** "1280x720". */
  readonly size?: string | undefined;
  readonly fps?: number | undefined;
  readonly format?: string | undefined;
  readonly controls?: Readonly<Record<string, Value>>;
}

const FORMATS: Readonly<Record<string, string>> = {
  MJPEG: 'MJPG',
  JPEG: 'MJPG',
  MJPG: 'MJPG',
  YUYV: 'YUYV',
  YUV: 'YUYV',
  UYVY: 'UYVY',
};

/** The names of mjpg-streamer. */
const SIZES: Readonly<Record<string, string>> = {
  QVGA: '320x240',
  VGA: '640x480',
  SVGA: '800x600',
  XGA: '1024x768',
  HD: '1280x720',
  SXGA: '1280x1024',
  FHD: '1920x1080',
};

/** A USB camera. */
export function deviceSource(
  draft: Draft,
  id: string,
  { device, size, fps, format, controls = {} }: Device,
  comment?: string,
): string {
  const [, width, height] = /^(\d{2,5})x(\d{2,5})/i.exec(SIZES[size?.toUpperCase() ?? ''] ?? size ?? '') ?? [];
  const named = /^\/[^$%*`]*$/.test(device);
  if (!named) draft.note(`${id}: its device is a variable of the original; /dev/video0 was used instead`);
  const known = format === undefined ? undefined : FORMATS[format.toUpperCase()];
  const options: Options = {
    device: named ? draft.text(device) : '/dev/video0',
    ...(width === undefined || height === undefined ? {} : { width: Number(width), height: Number(height) }),
    ...(fps !== undefined && fps > 0 && fps <= 1000 ? { fps } : {}),
    ...(known === undefined || known === 'MJPG' ? {} : { format: known }),
    adjust: true,
    ...(Object.keys(controls).length > 0 ? { controls } : {}),
  };
  return draft.node(id, 'source/v4l2', options, comment);
}

/** A camera of the Raspberry Pi, read through rpicam-vid. */
export function piSource(
  draft: Draft,
  id: string,
  size: string | undefined,
  fps: number | undefined,
  more: readonly string[] = [],
): string {
  const [, width = '1280', height = '720'] = /^(\d{2,5})x(\d{2,5})/i.exec(size ?? '') ?? [];
  const rate = fps !== undefined && fps > 0 && fps <= 120 ? String(fps) : '15';
  const command = [
    'rpicam-vid',
    '--codec',
    'mjpeg',
    '-t',
    '0',
    '-n',
    '--width',
    width,
    '--height',
    height,
    '--framerate',
    rate,
    ...more.map((word) => draft.text(word)),
    '--flush',
    '-o',
    '-',
  ];
  return draft.node(id, 'source/exec', { command, parse: 'mjpeg' });
}

/** "pixel=1,other=2" of v4l2-ctl: names and numbers. */
export function controlsOf(text: string): Record<string, Value> {
  const pairs = text.split(/[,\s]+/).flatMap((pair): [string, Value][] => {
    const [, name, value] = /^([a-z0-9_]{1,64})=(-?\d{1,9})$/.exec(pair) ?? [];
    return name === undefined ? [] : [[name, Number(value)]];
  });
  return Object.fromEntries(pairs);
}

/** All cameras on one server: a page, snapshots and streams. */
export function showAll(draft: Draft, cameras: readonly string[], listen = '127.0.0.1:8080'): void {
  if (cameras.length === 0) throw new Error('it has no camera that camd can read');
  const latest = draft.id('latest');
  const web = draft.id('web');
  draft.node(latest, 'cache/latest', { from: cameras.length === 1 ? (cameras[0] ?? '') : cameras });
  draft.node(web, 'http/server', { listen }, listen.startsWith(':') ? undefined : '":8080" allows the whole network.');
  draft.node(draft.id('viewer'), 'http/viewer', { on: web, from: latest });
  draft.node(draft.id('snapshot'), 'http/snapshot', { on: web, from: latest, path: '/{camera}/snapshot.jpg' });
  draft.node(draft.id('stream'), 'http/stream', { on: web, from: latest, path: '/{camera}/stream.mjpg' });
}
