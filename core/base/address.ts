// Parses the addresses of a profile: "127.0.0.1:9000", "[::1]:9000", "name:9000", ":8080" and "unix:/path". Pure.

export type Address =
  | {
      readonly kind: 'tcp';
      /** A name or a literal without brackets; empty for every interface. */
      readonly host: string;
      /** 0 to 65535; with 0 the system chooses the port when listening. */
      readonly port: number;
    }
  | { readonly kind: 'unix'; readonly path: string };

/** Examples of addresses, for messages. */
export const ADDRESS_EXAMPLES = '127.0.0.1:8080, [::1]:8080, :8080 or unix:/run/camd.sock';

const MAX_UNIX_PATH = 107;

/** Returns undefined if the text is not an address. */
export function parseAddress(text: string): Address | undefined {
  if (text.startsWith('unix:')) {
    const path = text.slice('unix:'.length);
    // sun_path holds 108 bytes with its final zero (unix(7)); a longer one would be cut silently by some callers.
    if (path === '' || path.includes('\0') || Buffer.byteLength(path) > MAX_UNIX_PATH) return undefined;
    return { kind: 'unix', path };
  }
  const match = /^(?:\[([0-9A-Fa-f:.]+(?:%[\w.-]+)?)\]|([^\s:[\]/@?#]*)):(\d{1,5})$/.exec(text);
  if (!match) return undefined;
  const port = Number(match[3]);
  if (port > MAX_PORT) return undefined;
  if (match[1] !== undefined && !match[1].includes(':')) return undefined;
  return { kind: 'tcp', host: match[1] ?? match[2] ?? '', port };
}

/** Writes the form that `parseAddress` reads. */
export function formatAddress(address: Address): string {
  if (address.kind === 'unix') return `unix:${address.path}`;
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}

/** The reason why a text is not an address, as the end of a sentence; undefined if it is one. */
export function addressFault(text: string): string | undefined {
  if (parseAddress(text)) return undefined;
  if (/^\d+$/.test(text)) {
    return Number(text) > MAX_PORT
      ? TOO_HIGH
      : `is a port alone; write 127.0.0.1:${text}, or ":${text}" for every interface`;
  }
  const url = /^[a-z]+:\/\/([^/]+)/.exec(text)?.[1];
  if (url !== undefined)
    return `is a URL; write the address alone, such as ${parseAddress(url) ? url : '127.0.0.1:8080'}`;
  if (/:\d{5,}$/.test(text)) return TOO_HIGH;
  if (/^[\da-fA-F:]*:[\da-fA-F]*:\d+$/.test(text))
    return 'needs brackets around the IPv6 address, such as "[::1]:8080"';
  if (/^[\w.-]+$/.test(text)) return `has no port; write it like ${text}:8080`;
  return `is not an address such as ${ADDRESS_EXAMPLES}`;
}

const MAX_PORT = 65535;
const TOO_HIGH = `has a port above ${MAX_PORT}`;
