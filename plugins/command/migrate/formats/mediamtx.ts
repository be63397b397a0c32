// Reads mediamtx.yml: paths with an RTSP or HTTP source or a Raspberry Pi camera become cameras on one server.

import type { Draft } from '../draft.ts';
import type { Format } from '../format.ts';
import { piSource, showAll, urlSource } from '../sources.ts';
import { type Fields, fields, numberOf, readYaml, textOf } from '../text/yaml.ts';

export const mediamtx: Format = {
  name: 'mediamtx',
  files: 'mediamtx.yml (rtsp-simple-server.yml)',
  advice: [
    'MediaMTX may keep running for RTSP, WebRTC and HLS, which camd does not serve; its RTSP server at 8554 can be a source too.',
    'Only one program can read a Raspberry Pi camera: disable its path in MediaMTX.',
  ],
  recognise: ({ text }) =>
    /^paths\s*:/m.test(text) || /^(rtspAddress|rtmpAddress|webrtcAddress|pathDefaults)\s*:/m.test(text),
  read([source], draft) {
    const file = readYaml(source?.text ?? '');
    const port = /:(\d{1,5})$/.exec(textOf(file.rtspAddress) ?? '')?.[1] ?? '8554';
    const defaults = fields(file.pathDefaults);
    const cameras = Object.entries(fields(file.paths)).flatMap(
      ([name, value]) => readPath(draft, name, { ...defaults, ...fields(value) }, port) ?? [],
    );
    showAll(draft, cameras);
  },
};

function readPath(draft: Draft, name: string, path: Fields, port: string): string | undefined {
  if (/^(all|all_others)$/.test(name) || name.startsWith('~')) {
    draft.note(`the path ${name} stands for any name; camd requires the name of each camera`);
    return undefined;
  }
  const id = draft.id(name);
  if (id !== name) draft.name(id, name);
  const source = textOf(path.source) ?? 'publisher';
  for (const key of ['runOnInit', 'runOnDemand', 'runOnReady', 'runOnRead']) {
    if ((textOf(path[key]) ?? '') !== '') draft.note(`${name}: ${key} runs a program of MediaMTX`);
  }
  if (path.record === true) draft.note(`${name}: record writes video; store/disk keeps pictures`);
  if (source === 'rpiCamera') {
    const size = `${numberOf(path.rpiCameraWidth) ?? 1920}x${numberOf(path.rpiCameraHeight) ?? 1080}`;
    const flips = [
      ...(path.rpiCameraHFlip === true ? ['--hflip'] : []),
      ...(path.rpiCameraVFlip === true ? ['--vflip'] : []),
    ];
    return piSource(draft, id, size, numberOf(path.rpiCameraFPS), flips);
  }
  const demand = path.sourceOnDemand === true ? { mode: 'on_demand' } : {};
  if (source === 'publisher' || source === 'redirect') {
    draft.note(`${name}: it is published to MediaMTX; camd reads it there, so MediaMTX must keep running`);
    return draft.node(id, 'source/rtsp', { url: draft.text(`rtsp://127.0.0.1:${port}/${encodeURI(name)}`), ...demand });
  }
  if (/\.m3u8(\?|$)/.test(source)) {
    draft.note(`${name}: an HLS source has no counterpart; camd reads the same path from MediaMTX by RTSP`);
    return draft.node(id, 'source/rtsp', { url: draft.text(`rtsp://127.0.0.1:${port}/${encodeURI(name)}`), ...demand });
  }
  return urlSource(draft, id, source, demand);
}
