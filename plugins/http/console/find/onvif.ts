// Finds ONVIF cameras of the local network with a WS-Discovery probe (OASIS WS-Discovery 1.1 §5; ONVIF Core §7.3).

import { randomUUID } from 'node:crypto';
import { type Answer, ask } from './ask.ts';
import type { Seen } from './found.ts';

const GROUP = { address: '239.255.255.250', port: 3702 };

export async function onvifCameras(signal: AbortSignal, group = GROUP, patience?: number): Promise<Seen[]> {
  const packets = [Buffer.from(probe(randomUUID()))];
  return seenByOnvif(await ask({ ...group, packets, signal, ...(patience === undefined ? {} : { patience }) }));
}

const probe = (id: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?><e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope" xmlns:w="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" xmlns:dn="http://www.onvif.org/ver10/network/wsdl"><e:Header><w:MessageID>uuid:${id}</w:MessageID><w:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</w:To><w:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</w:Action></e:Header><e:Body><d:Probe><d:Types>dn:NetworkVideoTransmitter</d:Types></d:Probe></e:Body></e:Envelope>`;

/** One camera per host. Pure. */
export function seenByOnvif(answers: readonly Answer[]): Seen[] {
  const seen = new Map<string, Seen>();
  for (const { from, data } of answers) {
    const xml = data.toString('utf8');
    if (!/ProbeMatch/.test(xml)) continue;
    const addresses = textOf(xml, 'XAddrs').split(/\s+/);
    const host = addresses.map(hostOf).find((one) => one === from) ?? from;
    const scopes = textOf(xml, 'Scopes').split(/\s+/);
    const name = [scopeOf(scopes, 'name'), scopeOf(scopes, 'hardware')].filter((part) => part !== '');
    seen.set(host, {
      name: [...new Set(name)].join(' ') || host,
      at: `rtsp://${host}/`,
      detail: [scopeOf(scopes, 'location'), addresses[0]].filter((part) => part).join(', '),
      use: 'source/rtsp',
      options: { url: `rtsp://${host}/`, mode: 'on_demand' },
    });
  }
  return [...seen.values()];
}

const textOf = (xml: string, element: string): string =>
  new RegExp(`<(?:[\\w-]+:)?${element}(?:\\s[^>]*)?>([^<]*)<`).exec(xml)?.[1]?.trim() ?? '';

/** "onvif://www.onvif.org/name/AXIS%20M1065" → "AXIS M1065" */
function scopeOf(scopes: readonly string[], kind: string): string {
  const found = scopes.find((scope) => scope.startsWith(`onvif://www.onvif.org/${kind}/`));
  const text = found?.slice(`onvif://www.onvif.org/${kind}/`.length) ?? '';
  try {
    return decodeURIComponent(text).replaceAll('_', ' ');
  } catch {
    return text;
  }
}

function hostOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).hostname : undefined;
}
