// Reads a stream like mjpg-streamer's input: fixed request, fixed boundary, and headers that are skipped up to their end.

const DELIMITER = Buffer.from('--boundarydonotcross');
const HEAD_END = Buffer.from('\r\n\r\n');

/** It also sends the NUL after its request. */
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
    // There is no data between the head of the response and the first delimiter.
    if (end > start) pictures.push(answer.subarray(start, end - 2));
    at = end + DELIMITER.length;
  }
}
