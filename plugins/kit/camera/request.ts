// Writes the head of a request to a camera.

import { misuse } from '../../../core/contract/problems.ts';

/** A GET request. @throws Fault `profile` when a header contains a line break or another forbidden character */
export function requestBytes(url: URL, headers: Readonly<Record<string, string>>): Buffer {
  const fields = new Map<string, { readonly name: string; readonly value: string }>();
  const standard = { Host: url.host, 'User-Agent': 'camd', Connection: 'keep-alive' };
  for (const [name, value] of [...Object.entries(standard), ...Object.entries(headers)]) {
    fields.set(name.toLowerCase(), { name, value });
  }
  const lines = [...fields.values()].map(({ name, value }) => {
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name) || /[\0\r\n]/.test(value)) {
      throw misuse(
        'bad-header',
        `headers: "${name}" is not a header that can be sent: it or its value has a line break or another forbidden character.`,
      );
    }
    return `${name}: ${value}`;
  });
  const text = [`GET ${url.pathname}${url.search} HTTP/1.1`, ...lines, '', ''].join('\r\n');
  return Buffer.from(text, 'utf8');
}
