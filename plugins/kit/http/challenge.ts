// Parses WWW-Authenticate headers (RFC 9110 §11.6.1). Pure.

export interface Challenge {
  /** Lower case: "basic", "digest", "bearer". */
  readonly scheme: string;
  /** Names in lower case. */
  readonly parameters: Readonly<Record<string, string>>;
}

const MAX_HEADER = 8192;
const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";

/** All challenges of a header, in order. Several headers may be joined with ", ". Unparseable text gives an empty list. */
export function parseChallenges(header: string): Challenge[] {
  const challenges: { scheme: string; parameters: Record<string, string> }[] = [];
  const text = header.slice(0, MAX_HEADER);
  // Some cameras omit the quotes around values that are not tokens, or the closing quote of the last value.
  const parameter = new RegExp(`\\s*(${TOKEN})\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)(?:"|$)|([^\\s,"]+))`, 'y');
  const scheme = new RegExp(`\\s*(${TOKEN})(?:\\s+|(?=,)|$)`, 'y');
  let at = 0;
  while (at < text.length) {
    const separator = /[\s,]*/y;
    separator.lastIndex = at;
    separator.exec(text);
    at = separator.lastIndex;
    parameter.lastIndex = at;
    const pair = parameter.exec(text);
    const current = challenges.at(-1);
    if (pair && current) {
      current.parameters[(pair[1] ?? '').toLowerCase()] = pair[2]?.replace(/\\(.)/g, '$1') ?? pair[3] ?? '';
      at = parameter.lastIndex;
      continue;
    }
    scheme.lastIndex = at;
    const name = scheme.exec(text);
    if (!name || scheme.lastIndex === at) break;
    challenges.push({ scheme: (name[1] ?? '').toLowerCase(), parameters: {} });
    at = scheme.lastIndex;
  }
  return challenges;
}
