// Reads a stream as mjpg-streamer's own input does: fixed request, fixed boundary, no headers but their end.

const DELIMITER = Buffer.from('--boundarydonotcross');
const HEAD_END = Buffer.from('\r\n\r\n');

/** It sends the NUL behind its request as well. */
export const REQUEST = 'GET /?action=stream HTTP/1.0\r\n\r\n\0';

/** Pictures in `answer`, which begins with the head of the response; each ends two bytes before the next delimiter. */
export function readAsMjpgStreamer(answer: Buffer): readonly Buffer[] {
  const pictures: Buffer[] = [];
  let at = 0;
  for (;;) {
    const head = answer.indexOf(HEAD_END, at);
    if (head < 0) return pictures;
    const start = head + HEAD_END.length;
    const end = answer.indexOf(DELIMITER, start);
    if (end < 0) return pictures;
    // Nothing stands between the head of the response and the first delimiter.
    if (end > start) pictures.push(answer.subarray(start, end - 2));
    at = end + DELIMITER.length;
  }
}
