// Finds cameras that announce themselves by mDNS (RFC 6762) and DNS-SD (RFC 6763).

import { type Answer, ask } from './ask.ts';
import { type DnsRecord, question, records } from './dns.ts';
import type { Seen } from './found.ts';

/** Service → source and URL; "%" is the host. The path depends on the maker, so the user may have to complete the URL. */
const SERVICES: Readonly<Record<string, { readonly use: string; readonly url: string }>> = {
  '_axis-video._tcp.local': { use: 'source/http-stream', url: 'http://%/axis-cgi/mjpg/video.cgi' },
  '_rtsp._tcp.local': { use: 'source/rtsp', url: 'rtsp://%/' },
  '_camera._tcp.local': { use: 'source/http-stream', url: 'http://%/' },
  '_esphomelib._tcp.local': { use: 'source/http-stream', url: 'http://%/' },
};

const GROUP = { address: '224.0.0.251', port: 5353 };
const USUAL_PORTS: ReadonlySet<number> = new Set([80, 554]);

export async function mdnsCameras(signal: AbortSignal, group = GROUP, patience?: number): Promise<Seen[]> {
  const packets = Object.keys(SERVICES).map(question);
  return seenByMdns(await ask({ ...group, packets, signal, ...(patience === undefined ? {} : { patience }) }));
}

/** One camera per host and service. Pure. */
export function seenByMdns(answers: readonly Answer[]): Seen[] {
  const seen = new Map<string, Seen>();
  for (const { from, data } of answers) {
    const all = records(data);
    for (const { name: service, value: instance } of all.filter(({ type }) => type === 'PTR')) {
      const how = SERVICES[service.toLowerCase()];
      if (!how) continue;
      const { host, port } = placeOf(instance, all, from);
      const url = how.url.replace('%', USUAL_PORTS.has(port) ? host : `${host}:${port}`);
      // Every ESPHome device announces its API; only devices with a camera mention one.
      if (service.startsWith('_esphomelib') && !/camera/i.test(textOf(instance, all))) continue;
      seen.set(url, {
        name: instance.slice(0, -service.length - 1) || host,
        at: url,
        detail: `${service.replace(/\.local$/, '')} at ${from}`,
        use: how.use,
        options: { url, mode: 'on_demand' },
      });
    }
  }
  return [...seen.values()];
}

function placeOf(instance: string, all: readonly DnsRecord[], from: string): { host: string; port: number } {
  const srv = all.find(({ type, name }) => type === 'SRV' && name === instance);
  const address = all.find(({ type, name }) => type === 'A' && name === srv?.value);
  return { host: address?.value ?? from, port: srv?.port ?? 80 };
}

const textOf = (instance: string, all: readonly DnsRecord[]): string =>
  [instance, ...all.filter(({ type, name }) => type === 'TXT' && name === instance).map(({ value }) => value)].join(
    '\n',
  );
