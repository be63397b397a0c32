// Protocol errors of cameras whose pictures are good: each is counted, and logged once.

import type { Log, Metrics } from '../../../core/contract/plugin.ts';

/** Code (part of a metric's name) → text of the log. */
const ODDITIES = {
  line_ends: 'lines end with LF instead of CR LF',
  nameless_header: 'a header line has no name',
  header_name: 'the name of a header contains a space or another character that names may not have',
  header_value: 'the value of a header contains control characters',
  folded_header: 'a header is continued on the next line',
  many_headers: 'there are too many headers; the further ones are ignored',
  status_line: 'the status line is missing or incomplete',
  unended_head: 'no empty line separates the headers from the body',
  content_length: 'Content-Length is not a number',
  two_lengths: 'Content-Length is given more than once',
  length_and_chunked: 'Content-Length is given together with "Transfer-Encoding: chunked"',
  longer_than_length: 'the body is longer than its Content-Length',
  shorter_than_length: 'the body is shorter than its Content-Length',
  not_chunked: 'the body is announced as chunked and is not',
  bad_chunk: 'a chunk has a line end too many or too few',
  bytes_after_body: 'bytes follow the end of the response',
  content_type: 'the Content-Type does not match the body',
  boundary_differs: 'the stream uses a boundary other than the announced one',
  boundary_missing: 'a picture has no boundary before it',
  boundary_glued: 'no line end follows the boundary',
  part_length: 'the Content-Length of a part is wrong',
  bytes_before_picture: 'extra bytes precede the picture in its part',
  bare_pictures: 'the stream is announced as multipart and is a sequence of JPEGs',
  stray_bytes: 'extra bytes are between the segments of a JPEG',
  no_end: 'JPEGs lack their last two bytes (EOI)',
  clock: 'the clock of the camera is wrong; the time of arrival is used',
} as const;

export type Oddity = keyof typeof ODDITIES;

export const isOddity = (code: string): code is Oddity => Object.hasOwn(ODDITIES, code);

/** Counts `odd_CODE_total` each time and writes one line the first time. One per node. */
export function createOddities(node: {
  readonly log: Pick<Log, 'info'>;
  readonly metrics: Pick<Metrics, 'count'>;
}): (code: string) => void {
  const logged = new Set<string>();
  return (code) => {
    const name = isOddity(code) ? code : 'other';
    node.metrics.count(`odd_${name}_total`);
    if (logged.has(name)) return;
    logged.add(name);
    node.log.info('the camera deviates from the protocol; its pictures are used', {
      oddity: isOddity(code) ? ODDITIES[code] : 'an unknown deviation',
    });
  };
}
