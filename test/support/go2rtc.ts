// Reads a multipart stream by the rules of go2rtc: a line "--…", MIME headers with a Content-Length, that many bytes, and again.

/** Returns the pictures in `stream`; throws where go2rtc would fail. Incomplete parts are left out. */
export function readAsGo2rtc(stream: Buffer): readonly Buffer[] {
  const parts: Buffer[] = [];
  let at = 0;
  const line = (): string | undefined => {
    const end = stream.indexOf('\n', at);
    if (end < 0) return undefined;
    const text = stream.toString('latin1', at, end + 1);
    at = end + 1;
    return text;
  };
  for (;;) {
    let boundary = line();
    while (boundary === '\r\n') boundary = line();
    if (boundary === undefined) return parts;
    if (!boundary.startsWith('--')) throw new Error(`wrong boundary: ${boundary}`);
    let length: number | undefined;
    for (let header = line(); header !== '\r\n'; header = line()) {
      if (header === undefined) return parts;
      if (!header.includes(':')) throw new Error(`malformed header: ${header}`);
      const [name = '', value = ''] = header.split(':');
      if (name.toLowerCase() === 'content-length') length = Number(value);
    }
    if (length === undefined || !Number.isSafeInteger(length)) throw new Error('no content length');
    if (at + length > stream.length) return parts;
    parts.push(stream.subarray(at, at + length));
    at += length;
  }
}
