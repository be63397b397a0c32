// Reads command lines of mjpg_streamer, from a script, a unit or octopi.txt: inputs become cameras, its HTTP output a server.

import type { Draft } from '../draft.ts';
import type { Format, Source } from '../format.ts';
import { deviceSource, piSource, urlSource } from '../sources.ts';
import { readEnv } from '../text/ini.ts';
import { commandLines, readOptions, splitWords } from '../text/words.ts';

/** octopi.txt has the options in variables. */
const OCTOPI = /^\s*#?\s*camera_(usb|raspi)_options=/m;

export const mjpgStreamer: Format = {
  name: 'mjpg-streamer',
  files: 'a command line, script or unit of mjpg_streamer, or octopi.txt',
  advice: [
    'Stop mjpg-streamer and the service or script that starts it.',
    'Its port and the URLs ?action=stream and ?action=snapshot stay the same.',
  ],
  recognise: ({ text }) => /\bmjpg_streamer\b/.test(text) || OCTOPI.test(text),
  read([source], draft) {
    if (source && OCTOPI.test(source.text)) return readOctopi(source, draft);
    const lines = commandLines(source?.text ?? '', /mjpg_streamer/);
    const found = lines.filter((words) => words.some((word) => word.includes('input_') || word === '-i'));
    if (found.length === 0) throw new Error('it has no command line of mjpg_streamer with an input');
    for (const words of found) readLine(words, draft);
  },
};

function readLine(words: readonly string[], draft: Draft): void {
  const parts = words.flatMap((word, index) =>
    /^(-i|--input|-o|--output)$/.test(word) ? [[word, words[index + 1] ?? ''] as const] : [],
  );
  const cameras = parts
    .filter(([flag]) => /^(-i|--input)$/.test(flag))
    .flatMap(([, plugin]) => readInput(plugin, draft) ?? []);
  const outputs = parts.filter(([flag]) => /^(-o|--output)$/.test(flag)).map(([, plugin]) => plugin);
  if (cameras.length === 0) return;
  const latest = draft.node(draft.id('latest'), 'cache/latest', { from: cameras });
  const http = outputs.filter((plugin) => /output_http/.test(plugin));
  for (const plugin of http.length > 0 ? http : ['output_http.so']) serve(plugin, latest, draft);
  for (const plugin of outputs) {
    if (!/output_http/.test(plugin))
      draft.note(`the output ${pluginName(plugin)} has no counterpart here; store/disk keeps pictures as files`);
  }
}

function readInput(plugin: string, draft: Draft): string | undefined {
  const options = readOptions(splitWords(plugin));
  const fps = Number(options.get('f') ?? options.get('fps') ?? Number.NaN);
  const rate = Number.isFinite(fps) ? fps : undefined;
  if (/input_(raspicam|libcamera|rpicam)/.test(plugin)) {
    const [x, y] = [options.get('x') ?? '640', options.get('y') ?? '480'];
    return piSource(draft, draft.id('camera'), options.get('r') ?? `${x}x${y}`, rate, turned(options));
  }
  if (/input_http/.test(plugin)) {
    const url =
      options.get('u') ?? `http://${options.get('H') ?? '127.0.0.1'}:${options.get('p') ?? '8080'}/?action=stream`;
    return urlSource(draft, draft.id('camera'), url.includes('://') ? url : `http://${url}`);
  }
  if (/input_file/.test(plugin)) {
    return draft.node(draft.id('camera'), 'source/directory', {
      path: draft.text(options.get('f') ?? options.get('folder') ?? '.'),
    });
  }
  if (!/input_uvc/.test(plugin)) {
    draft.note(`the input ${pluginName(plugin)} has no counterpart`);
    return undefined;
  }
  const device = options.get('d') ?? options.get('device') ?? '/dev/video0';
  const size = options.get('r') ?? options.get('resolution');
  const raw = options.has('y') || options.has('yuv') || options.has('u') || options.has('uyvy');
  if (options.has('rotation') || options.has('rot'))
    draft.note('the rotation of the input: add a transform/image with "rotate"');
  return deviceSource(draft, draft.id('camera'), { device, size, fps: rate, format: raw ? 'YUYV' : undefined });
}

const turned = (options: ReadonlyMap<string, string>): string[] => [
  ...(options.get('rot') === '180' || options.get('rotation') === '180' ? ['--rotation', '180'] : []),
  ...(options.has('hf') ? ['--hflip'] : []),
  ...(options.has('vf') ? ['--vflip'] : []),
];

function serve(plugin: string, latest: string, draft: Draft): void {
  const options = readOptions(splitWords(plugin));
  const port = /^\d{1,5}$/.test(options.get('p') ?? options.get('port') ?? '')
    ? (options.get('p') ?? options.get('port'))
    : '8080';
  const address = options.get('l') ?? options.get('listen') ?? '';
  const [user = '', password] = (options.get('c') ?? options.get('credentials') ?? '').split(':');
  const users =
    password === undefined
      ? undefined
      : { [draft.text(user)]: draft.secret('WEB_PASSWORD', `the password of ${user}`) };
  const web = draft.node(draft.id('web'), 'http/server', {
    listen: /^\d+(\.\d+){3}$/.test(address) ? `${address}:${port}` : `:${port}`,
    auth: users && { basic: { users } },
  });
  draft.node(draft.id('webcam'), 'http/webcam', { on: web, from: latest, path: '/' });
  if (options.has('w') || options.has('www'))
    draft.note('the folder of web pages (-w): camd has its own page, http/viewer');
}

const pluginName = (plugin: string): string => /[a-z]+_[a-z0-9_]+/i.exec(plugin)?.[0] ?? 'of an unknown plugin';

function readOctopi({ text }: Source, draft: Draft): void {
  const values = readEnv(
    text.replaceAll(/^(\s*)(camera\w*)=/gm, (_whole, space: string, name: string) => `${space}${name.toUpperCase()}=`),
  );
  const usb = values.get('CAMERA_USB_OPTIONS');
  const raspi = values.get('CAMERA_RASPI_OPTIONS');
  const pi = values.get('CAMERA') === 'raspi' || (usb === undefined && raspi !== undefined);
  const camera = pi ? `input_raspicam.so ${raspi ?? ''}` : `input_uvc.so ${usb ?? ''}`;
  if (values.get('CAMERA') === undefined || values.get('CAMERA') === 'auto')
    draft.note('camera="auto": camd uses one kind of camera, here the USB camera');
  readLine(
    ['-i', camera, '-o', `output_http.so -p 8080 -l 127.0.0.1 ${values.get('CAMERA_HTTP_OPTIONS') ?? ''}`],
    draft,
  );
}
