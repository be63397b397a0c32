// Reads crowsnest.conf: each [cam NAME] becomes a camera on its own port, with mjpg-streamer's URLs.

import type { Draft } from '../draft.ts';
import type { Format } from '../format.ts';
import { controlsOf, deviceSource, piSource } from '../sources.ts';
import { readIni, type Section } from '../text/ini.ts';

export const crowsnest: Format = {
  name: 'crowsnest',
  files: 'crowsnest.conf',
  advice: [
    'Stop crowsnest: systemctl disable --now crowsnest',
    'The ports and the URLs ?action=stream and ?action=snapshot stay the same, so nginx, Mainsail and Fluidd need no change.',
  ],
  recognise: ({ text }) => /^\s*\[crowsnest\]/m.test(text) || (/^\s*\[cam\b/m.test(text) && /^\s*mode\s*:/m.test(text)),
  read([source], draft) {
    const sections = readIni(source?.text ?? '');
    const top = sections.find(({ name }) => name === 'crowsnest');
    const open = top?.values.get('no_proxy') === 'true';
    const cameras = sections.filter(({ name }) => /^cam\b/i.test(name));
    if (cameras.length === 0) throw new Error('it has no section [cam NAME]');
    const ports = new Map<number, number>();
    for (const [index, camera] of cameras.entries()) readCamera(camera, index, open, ports, draft);
  },
};

function readCamera(
  { name, values }: Section,
  index: number,
  open: boolean,
  ports: Map<number, number>,
  draft: Draft,
): void {
  const title = name.replace(/^cam\s*/i, '') || String(index + 1);
  const id = draft.id(/^\d+$/.test(title) ? `cam${title}` : title);
  if (title !== id && !/^\d+$/.test(title)) draft.name(id, title);
  const device = values.get('device') ?? '';
  const size = values.get('resolution');
  const fps = Number(values.get('max_fps') ?? Number.NaN);
  const shared = { size, fps: Number.isFinite(fps) ? fps : undefined };
  if (device.startsWith('/base/') || device === '') {
    piSource(draft, id, size, shared.fps);
    if (device === '') draft.note(`[cam ${title}] names no device; the camera of the Raspberry Pi was used instead`);
  } else deviceSource(draft, id, { device, ...shared, controls: controlsOf(values.get('v4l2ctl') ?? '') });

  const wanted = Number(values.get('port') ?? 8080);
  const port = Number.isInteger(wanted) && wanted > 0 && wanted < 65_536 && !ports.has(wanted) ? wanted : 8080 + index;
  ports.set(port, index);
  const latest = draft.node(draft.id(`${id}_latest`), 'cache/latest', { from: id });
  const web = draft.node(draft.id(`${id}_web`), 'http/server', { listen: open ? `:${port}` : `127.0.0.1:${port}` });
  draft.node(draft.id(`${id}_webcam`), 'http/webcam', { on: web, from: latest, path: '/' });

  const flags = values.get('custom_flags') ?? '';
  if (flags !== '') draft.note(`[cam ${title}] custom_flags: these flags are for the old streamer`);
  if (values.get('enable_rtsp') === 'true')
    draft.note(`[cam ${title}] enable_rtsp: camd serves JPEG over HTTP, not RTSP`);
}
