// Masks everything in a URL that could be a credential, so that the URL can be shown. Pure.

const SECRET_PARAMETER =
  /^(?:user(?:name)?|usr|login|pass(?:w(?:or)?d)?|pwd|.*(?:token|secret|signature|credential|password|auth|api_?key)|key|sig|code)$/i;
const HIDDEN = '***';

/**
 * The URL without its password, without the values of query parameters with credential-like names (many cameras take
 * `?user=…&password=…`), and without a bot token in the path. Text that is not a URL gives "(no URL)".
 */
export function redactUrl(url: string | URL): string {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    return '(no URL)';
  }
  const user = parsed.username !== '' || parsed.password !== '' ? `${HIDDEN}@` : '';
  const path = parsed.pathname.replace(/\/bot\d+:[^/]+/, `/bot${HIDDEN}`);
  const query = parsed.search
    .slice(1)
    .split('&')
    .map((pair) => {
      const name = pair.split('=', 1)[0] ?? '';
      return pair.length > name.length && isSecretParameter(name) ? `${name}=${HIDDEN}` : pair;
    })
    .join('&');
  return `${parsed.protocol}//${user}${parsed.host}${path}${query === '' ? '' : `?${query}`}`;
}

/** Whether a query parameter's name suggests a credential. */
export const isSecretParameter = (name: string): boolean => SECRET_PARAMETER.test(decoded(name));

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
