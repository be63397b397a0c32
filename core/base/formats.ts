// The string formats of the schema vocabulary: name → check. Pure; to add a format, add a line to FORMATS.

import { Cron } from 'croner';
import { addressFault } from './address.ts';
import { splitZone } from './zone.ts';

/** Returns the error as the end of the sentence 'path: "x" …', or undefined if the text is valid. Never quotes a possible secret. */
export type FormatCheck = (text: string) => string | undefined;

/** A camera id, safe for topics, paths and file names. */
export const CAMERA_ID = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/;
const MAX_TOPIC_BYTES = 65535;

const httpUrl = urlOf(['http:', 'https:'], 'http://camera.local/snapshot.jpg');
const FORMATS: Readonly<Record<string, FormatCheck>> = {
  address: addressFault,
  'http-url': httpUrl,
  /** For a camera on this network: its address may have a zone. */
  'camera-url': (text) => httpUrl(splitZone(text).url),
  'rtsp-url': urlOf(['rtsp:', 'rtsps:'], 'rtsp://192.168.1.20:554/stream1'),
  'mqtt-url': urlOf(['mqtt:', 'mqtts:', 'ws:', 'wss:', 'tcp:', 'ssl:'], 'mqtt://broker.local:1883'),
  'nats-url': urlOf(['nats:', 'tls:'], 'nats://nats.example:4222'),
  'sql-url': sqlUrl,
  'route-path': routePath,
  'camera-id': (text) =>
    CAMERA_ID.test(text) ? undefined : 'is not a camera id: a letter or digit, then letters, digits, "_", "." and "-"',
  'mqtt-topic': (text) =>
    topicFault(text) ?? (/[+#]/.test(text) ? 'must not contain the wildcards "+" and "#"' : undefined),
  'mqtt-filter': (text) => topicFault(text) ?? filterFault(text),
  path: (text) => (text === '' || text.includes('\0') ? 'is not a path' : undefined),
  cron,
  timezone: (text) => (isTimezone(text) ? undefined : 'is not a time zone such as Europe/Berlin or UTC'),
};

export const FORMAT_NAMES: readonly string[] = Object.keys(FORMATS).sort();

/** Formats used by a schema that are missing in the table. */
export function unknownFormats(schema: unknown): string[] {
  if (Array.isArray(schema)) return schema.flatMap(unknownFormats);
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([key, value]) => {
    if (key !== 'format' || typeof value !== 'string') return unknownFormats(value);
    return Object.hasOwn(FORMATS, value) ? [] : [value];
  });
}

/** Unknown formats accept everything. */
export const checkFormat = (format: string, text: string): string | undefined =>
  Object.hasOwn(FORMATS, format) ? FORMATS[format]?.(text) : undefined;

const ESCAPES =
  '; in a user name or password, write "%" as %25, "/" as %2F, "?" as %3F, "#" as %23 and "@" as %40, or use other options for them';

function canDecode(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

function urlOf(protocols: readonly string[], example: string): FormatCheck {
  return (text) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (/^[\w-]+(\.[\w-]+)+(:\d+)?(\/|$)/.test(text)) return `has no ${protocols[0]}// in front`;
    if (!url || !/^[a-z]+:\/\//i.test(text))
      return `is not a URL such as ${example}${text.includes('@') ? ESCAPES : ''}`;
    if (!canDecode(url.username) || !canDecode(url.password)) {
      return 'has a "%" in its user name or password that two hexadecimal digits do not follow; write it as %25';
    }
    if (!protocols.includes(url.protocol)) {
      return `must begin with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`;
    }
    if (url.hostname === '') return `has no host; write it like ${example}`;
    return undefined;
  };
}

function sqlUrl(text: string): string | undefined {
  const form = 'is not a database URL such as sqlite:cameras.db, postgres://user@host/name or mysql://user@host/name';
  const scheme = /^([a-z]+):(.*)$/s.exec(text);
  if (!scheme) return form;
  const [, name = '', rest = ''] = scheme;
  if (name === 'sqlite' || name === 'file') return rest === '' ? form : undefined;
  if (!['postgres', 'postgresql', 'mysql', 'mariadb'].includes(name)) return form;
  return URL.canParse(text) && new URL(text).hostname !== '' ? undefined : form;
}

/** An absolute path of literals and `{name}`; one `{name*}` may be its last segment. */
function routePath(text: string): string | undefined {
  if (!text.startsWith('/')) return 'must begin with "/"';
  if (/[?#\s\\]|\/\/|%/.test(text)) return 'must be a plain path: no "?", "#", "%", "\\", "//" or space';
  if (text.split('/').some((segment) => segment === '.' || segment === '..')) return 'must not contain "." or ".."';
  const names = [...text.matchAll(/\{([^{}]*)\}/g)].map((match) => match[1] ?? '');
  if (/[{}]/.test(text.replaceAll(/\{[^{}]*\}/g, ''))) return 'has an unmatched "{" or "}"';
  for (const [index, name] of names.entries()) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*\*?$/.test(name)) return `has an invalid placeholder; write it like {camera}`;
    if (name.endsWith('*') && !text.endsWith(`/{${name}}`)) return `may have {${name}} only as its last segment`;
    if (names.indexOf(name) !== index) return `has {${name}} twice`;
  }
  return /\}\{/.test(text) ? 'must have text between two placeholders' : undefined;
}

/** MQTT 3.1.1 §4.7.3. */
function topicFault(text: string): string | undefined {
  if (text === '') return 'is empty';
  if (text.includes('\0')) return 'contains a zero character';
  return Buffer.byteLength(text) > MAX_TOPIC_BYTES ? `is longer than ${MAX_TOPIC_BYTES} bytes` : undefined;
}

/** MQTT 3.1.1 §4.7.1: "#" alone in the last level, "+" alone in any. */
function filterFault(text: string): string | undefined {
  const levels = text.split('/');
  for (const [index, level] of levels.entries()) {
    if (level.includes('#') && (level !== '#' || index !== levels.length - 1)) {
      return 'may have "#" only as its whole last level, as in "cameras/#"';
    }
    if (level.includes('+') && level !== '+') return 'may have "+" only as a whole level, as in "cameras/+/image"';
  }
  return undefined;
}

function cron(text: string): string | undefined {
  const wrong = 'is not a schedule such as "0 3 * * *" (minute, hour, day, month, weekday)';
  // The library also accepts single dates.
  if (/^\s*\d{4}-/.test(text)) return wrong;
  try {
    new Cron(text, { paused: true }).stop();
    return undefined;
  } catch {
    return wrong;
  }
}

function isTimezone(text: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
    return text !== '';
  } catch {
    return false;
  }
}
