// The zone of a link-local IPv6 address in a URL, http://[fe80::1%25eth0]/ (RFC 6874), which URL parsers of browsers and Node.js reject. Pure.

/** fe80::/10 (RFC 4291 §2.4). */
const LINK_LOCAL = /^fe[89ab][0-9a-f]:/i;
const ZONED = /^([a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?\[[0-9a-f:.]+)%(?:25)?([\w.-]+)\]/i;

/** The URL without the zone, and the zone: the name of a network interface. */
export function splitZone(url: string): { readonly url: string; readonly zone?: string } {
  const [, start, zone] = ZONED.exec(url) ?? [];
  return start === undefined || zone === undefined ? { url } : { url: url.replace(ZONED, '$1]'), zone };
}

/** The host of a URL in the form for sockets: without brackets, and with the zone if the address is link-local. */
export function socketHost(hostname: string, zone: string | undefined): string {
  const host = hostname.replace(/^\[|\]$/g, '');
  return zone !== undefined && LINK_LOCAL.test(host) ? `${host}%${zone}` : host;
}
