// Reads go2rtc.yaml: streams from RTSP, HTTP, a device or a program become cameras on one server.

import { type Draft, variable } from '../draft.ts';
import type { Format } from '../format.ts';
import { deviceSource, showAll, shownUrl, urlSource } from '../sources.ts';
import { splitWords } from '../text/words.ts';
import { type Fields, fields, listOf, readYaml, textOf } from '../text/yaml.ts';

export const go2rtc: Format = {
  name: 'go2rtc',
  files: 'go2rtc.yaml',
  advice: [
    'go2rtc may keep running: it serves WebRTC and RTSP, which camd does not. Then let one of them read the camera, and the other read from it.',
    'Streams are at /NAME/stream.mjpg and pictures at /NAME/snapshot.jpg, instead of /api/stream.mjpeg?src=NAME and /api/frame.jpeg?src=NAME.',
  ],
  recognise: ({ text }) => /^streams\s*:/m.test(text) && !/^(paths|cameras)\s*:/m.test(text),
  read([source], draft) {
    const file = readYaml(source?.text ?? '');
    const cameras = readStreams(fields(file.streams), draft);
    const api = fields(file.api);
    if (textOf(api.password) !== undefined) draft.note('api.password: protect the server with "auth" of http/server');
    for (const key of ['rtsp', 'webrtc', 'srtp', 'hass', 'homekit', 'ngrok', 'publish', 'preload', 'pinggy']) {
      if (file[key] !== undefined) draft.note(`${key}: camd serves JPEG over HTTP, WebSocket and MQTT`);
    }
    showAll(draft, cameras);
  },
};

/** Of several sources of a stream, the first that camd can read counts. */
export function readStreams(streams: Fields, draft: Draft): string[] {
  return Object.entries(streams).flatMap(([name, value]) => {
    const sources = (Array.isArray(value) ? listOf(value) : [fields(value).url ?? value]).flatMap(
      (source) => textOf(source) ?? [],
    );
    const id = draft.id(name);
    if (id !== name) draft.name(id, name);
    const notes: string[] = [];
    for (const source of sources) {
      const made = readSource({ ...draft, note: (text) => void notes.push(text) }, id, source.trim());
      if (made === undefined) continue;
      const [used, ...rest] = [source, ...sources.filter((other) => other !== source)];
      if (rest.length > 0 && used) draft.note(`${id}: only one of ${sources.length} sources is read`);
      return [made];
    }
    for (const note of notes) draft.note(note);
    if (sources.length === 0) draft.note(`${id} has no source`);
    return [];
  });
}

function readSource(draft: Draft, id: string, written: string): string | undefined {
  // ${NAME} and ${NAME:default} are variables of go2rtc.
  const source = written.replaceAll(/\$\{([A-Za-z_][A-Za-z0-9_]*)(:[^}]*)?\}/g, (_whole, name: string) =>
    variable(name),
  );
  const [, scheme = '', rest = ''] = /^([a-z0-9_]+):(.*)$/is.exec(source) ?? [];
  if (scheme === 'ffmpeg') return readFfmpeg(draft, id, rest);
  if (scheme === 'v4l2') return readDevice(draft, id, new URLSearchParams(rest.split('?')[1] ?? ''));
  if (scheme === 'exec') return readProgram(draft, id, rest);
  return urlSource(draft, id, source);
}

function readFfmpeg(draft: Draft, id: string, rest: string): string | undefined {
  if (/^(rtsps?|https?):\/\//.test(rest)) return urlSource(draft, id, rest);
  if (/^device\?/.test(rest))
    return readDevice(draft, id, new URLSearchParams(rest.replace(/#.*$/, '').split('?')[1] ?? ''));
  draft.note(`${id}: the source "ffmpeg:" of another stream or a file has no counterpart`);
  return undefined;
}

function readDevice(draft: Draft, id: string, query: URLSearchParams): string | undefined {
  const video = query.get('video') ?? '';
  const device = /^\d+$/.test(video) ? `/dev/video${video}` : video;
  if (!device.startsWith('/')) {
    draft.note(`${id}: its device is not given by a path`);
    return undefined;
  }
  const rate = Number(query.get('framerate') ?? Number.NaN);
  const format = (query.get('input_format') ?? '').toUpperCase();
  const size = query.get('video_size') ?? undefined;
  return deviceSource(draft, id, { device, size, format, fps: Number.isFinite(rate) ? rate : undefined });
}

function readProgram(draft: Draft, id: string, rest: string): string | undefined {
  const command = splitWords(rest.replace(/#[a-z]+=.*$/, ''));
  const jpeg = command.some((word) => /mjpe?g/i.test(word)) && command.at(-1) === '-';
  if (jpeg) return draft.node(id, 'source/exec', { command: command.map((word) => draft.text(word)), parse: 'mjpeg' });
  draft.note(
    `${id}: the program ${shownUrl(`x://${command[0]?.replace(/^.*\//, '')}`).slice(4)} does not write JPEG to its standard output`,
  );
  return undefined;
}
