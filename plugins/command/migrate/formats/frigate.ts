// Reads the camera list of Frigate's config.yml: the detection input of each camera, on one server.

import { type Draft, variable } from '../draft.ts';
import type { Format } from '../format.ts';
import { showAll, urlSource } from '../sources.ts';
import { type Fields, fields, listOf, numberOf, readYaml, textOf } from '../text/yaml.ts';

export const frigate: Format = {
  name: 'frigate',
  files: "Frigate's config.yml",
  advice: [
    'Frigate keeps running: detection, recordings and events have no counterpart in camd.',
    'Variables such as {FRIGATE_RTSP_PASSWORD} keep their names; set them for camd as well.',
  ],
  recognise: ({ text }) => /^cameras\s*:/m.test(text) && /^\s+ffmpeg\s*:/m.test(text) && /^\s+inputs\s*:/m.test(text),
  read([source], draft) {
    const file = readYaml(source?.text ?? '');
    const streams = fields(fields(file.go2rtc).streams);
    const cameras = Object.entries(fields(file.cameras)).flatMap(
      ([name, value]) => readCamera(draft, name, fields(value), streams) ?? [],
    );
    for (const key of [
      'detectors',
      'objects',
      'record',
      'snapshots',
      'motion',
      'review',
      'birdseye',
      'face_recognition',
      'lpr',
      'semantic_search',
    ]) {
      if (file[key] !== undefined) draft.note(`${key}: it remains a task of Frigate`);
    }
    showAll(draft, cameras);
  },
};

function readCamera(draft: Draft, name: string, camera: Fields, streams: Fields): string | undefined {
  if (camera.enabled === false) {
    draft.note(`the camera ${name} is disabled in Frigate`);
    return undefined;
  }
  const id = draft.id(name);
  const friendly = textOf(camera.friendly_name) ?? name;
  if (friendly !== id) draft.name(id, friendly);
  const inputs = listOf(fields(camera.ffmpeg).inputs).map(fields);
  const input = inputs.find(({ roles }) => listOf(roles).includes('detect')) ?? inputs[0];
  const path = textOf(input?.path);
  if (path === undefined) {
    draft.note(`the camera ${name} has no input`);
    return undefined;
  }
  if (inputs.length > 1) draft.note(`${name}: of ${inputs.length} inputs, the one for detection is used`);
  const fps = numberOf(fields(camera.detect).fps);
  const rate = fps !== undefined && fps > 0 && fps <= 60 ? { frames: `${fps}/s` } : {};
  const source = restreamed(path, streams) ?? path;
  const url = withVariables(source).replace(/^preset-[a-z-]+\s*/, '');
  return urlSource(draft, id, url, /^rtsps?:/i.test(url) ? rate : {});
}

/** Replaces an input at Frigate's own go2rtc by its camera's URL, so that camd does not depend on Frigate. */
function restreamed(path: string, streams: Fields): string | undefined {
  const name = /^rtsp:\/\/(?:127\.0\.0\.1|localhost):8554\/([^?#]+)/.exec(path)?.[1];
  const value = name === undefined ? undefined : streams[name];
  const [first] = Array.isArray(value) ? listOf(value) : [value];
  const source = textOf(first)?.replace(/^ffmpeg:/, '');
  return source !== undefined && /^(rtsps?|https?):\/\//.test(source) ? source : undefined;
}

const withVariables = (text: string): string =>
  text.replaceAll(/\{(FRIGATE_[A-Z0-9_]+)\}/g, (_whole, name: string) => variable(name));
