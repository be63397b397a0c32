// Masks secrets in Moonraker's answers: values of secret keys, credentials in URLs, and the addresses of notifiers. Pure.

const MASK = '***';
const SECRET_KEY = /token|secret|passw|api_?key|credential|private_key/i;
/** Text that an answer without secrets never contains. `\u` may encode any of it. */
const SUSPICIOUS = /:\/\/|token|secret|passw|api_?key|credential|private_key|\\u/i;
const USER_INFO = /([a-z][a-z0-9+.-]*:\/\/)[^/?#\s"'@]+@/gi;
const SECRET_QUERY = /([?&;](?:[\w-]*(?:token|secret|passw|key|auth|sig|credential)[\w-]*)=)[^&#\s"'<]+/gi;
/** Addresses of message services carry their token in the host or path ("tgram://TOKEN/CHAT"). Cameras and pages do not. */
const SERVICE_URL = /\b(?!https?:|wss?:|rtsps?:|file:|git:|ssh:)([a-z][a-z0-9+.-]*:\/\/)[^\s"']+/gi;

/** Returns unsuspicious text unchanged; otherwise it masks JSON by key, and other text by pattern. */
export function maskAnswer(text: string): string {
  if (!SUSPICIOUS.test(text)) return text;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return maskText(text);
  }
  return JSON.stringify(mask(value));
}

function mask(value: unknown): unknown {
  if (typeof value === 'string') return maskText(value);
  if (Array.isArray(value)) return value.map(mask);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  // server.notifiers.list: every address and text of a notifier may carry its token.
  const isNotifier = 'url' in value && 'events' in value;
  return Object.fromEntries(
    entries.map(([name, inner]) => {
      if (isNotifier && typeof inner === 'string' && name !== 'name') return [name, MASK];
      const isSecret = SECRET_KEY.test(name) && (typeof inner === 'string' || typeof inner === 'number');
      return [name, isSecret ? MASK : mask(inner)];
    }),
  );
}

function maskText(text: string): string {
  return text.replace(USER_INFO, `$1${MASK}@`).replace(SECRET_QUERY, `$1${MASK}`).replace(SERVICE_URL, `$1${MASK}`);
}
