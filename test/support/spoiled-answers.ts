// Responses of cameras with one corrupted part at a time: each header, each delimiter, each length, each chunk.

import { join } from './fake-camera.ts';
import { CHUNK_FAULTS, type Chunk, type Line, lineFaultsOf, properChunk, type Role } from './spoiled-lines.ts';

export interface SpoiledAnswer {
  readonly name: string;
  readonly use: 'http-poll' | 'http-stream';
  readonly bytes: Buffer;
  /** The connection stays open after the response. */
  readonly open: boolean;
}

/** Part of a body: a line, or the picture with this index. */
type Item = Line | number;

/** Selects the corrupted ones of several similar parts. */
type Which = 'each' | 'the second';

interface Answer {
  readonly name: string;
  readonly use: SpoiledAnswer['use'];
  readonly open: boolean;
  readonly isChunked: boolean;
  /** The corrupted lines of the head, and the parts with corrupted lines. */
  readonly spoils: { readonly head?: RegExp; readonly parts: readonly Which[] };
  readonly head: readonly Line[];
  /** The picture of a still; the parts of a stream, and the data after the last. */
  readonly groups: readonly (readonly Item[])[];
}

const inHead = (lines: RegExp): Pick<Answer, 'spoils'> => ({ spoils: { head: lines, parts: [] } });
const inParts = (which: Which, lines?: RegExp): Pick<Answer, 'spoils'> => ({
  spoils: { parts: [which], ...(lines === undefined ? {} : { head: lines }) },
});
const ALL = /^/;

const line = (role: Role, text: string, end = '\r\n'): Line => ({ role, text, end });
const header = (name: string, value: string | number): Line => line('header', `${name}: ${value}`);

function still(name: string, headers: readonly Line[], more: Partial<Answer> = {}): Answer {
  const lines = [line('status', 'HTTP/1.1 200 OK'), header('Server', 'Camera 1.0'), ...headers, line('blank', '')];
  return { name, use: 'http-poll', open: false, isChunked: false, ...inHead(ALL), head: lines, groups: [[0]], ...more };
}

interface StreamForm {
  readonly boundary: string;
  readonly delimiter: string;
  readonly hasLengths: boolean;
}

function stream(name: string, pictures: readonly Buffer[], form: StreamForm, more: Partial<Answer> = {}): Answer {
  const { boundary, delimiter, hasLengths } = form;
  const made = pictures.map((picture, index): readonly Item[] => [
    line('delimiter', delimiter),
    header('Content-Type', 'image/jpeg'),
    ...(hasLengths ? [header('Content-Length', picture.length)] : []),
    header('X-Timestamp', index),
    line('blank', ''),
    index,
    line('behind', ''),
  ]);
  const lines = [
    line('status', 'HTTP/1.1 200 OK'),
    header('Cache-Control', 'no-store'),
    header('Content-Type', `multipart/x-mixed-replace;boundary=${boundary}`),
    ...(more.isChunked ? [header('Transfer-Encoding', 'chunked')] : []),
    line('blank', ''),
  ];
  const groups = [...made, [line('delimiter', delimiter)]];
  return { name, use: 'http-stream', open: false, isChunked: false, ...inHead(ALL), head: lines, groups, ...more };
}

const withEnds = (answer: Answer, name: string, end: string): Answer => {
  const change = (one: Line): Line => ({ ...one, end });
  const groups = answer.groups.map((group) =>
    group.map((item): Item => (typeof item === 'number' ? item : change(item))),
  );
  return { ...answer, name, head: answer.head.map(change), groups };
};

/** Valid responses, each of another form. */
function answers(pictures: readonly Buffer[]): Answer[] {
  const length = pictures[0]?.length ?? 0;
  const type = header('Content-Type', 'image/jpeg');
  const sized = still('a still with its length', [
    type,
    header('Content-Length', length),
    header('Connection', 'close'),
  ]);
  const plain = { boundary: 'frame', delimiter: '--frame', hasLengths: true };
  const bare = { boundary: '--myboundary', delimiter: '--myboundary', hasLengths: false };
  const chunked = header('Transfer-Encoding', 'chunked');
  return [
    sized,
    { ...sized, name: 'a still on a connection that stays open', open: true, ...inHead(/^Content-Length/) },
    { ...withEnds(sized, 'a still whose lines end with LF', '\n'), ...inHead(/^HTTP|^$/) },
    still('a still up to the end of the connection', [type]),
    still('a still in chunks', [type, chunked], { isChunked: true, ...inHead(/^HTTP|^Transfer/) }),
    stream('parts with lengths', pictures, plain, inParts('each', ALL)),
    stream('parts without lengths', pictures, bare, { open: true, ...inParts('the second') }),
    withEnds(stream('', pictures, bare, inParts('each')), 'parts whose lines end with LF', '\n'),
    stream('parts in chunks', pictures, plain, { isChunked: true, ...inHead(/^Transfer/) }),
    stream('parts without lengths in chunks', pictures, bare, { isChunked: true, open: true, ...inHead(/^Transfer/) }),
  ];
}

function bytesOf(
  answer: Answer,
  pictures: readonly Buffer[],
  chunk: Chunk = properChunk,
  which: Which = 'each',
): Buffer {
  const text = (item: Item): Buffer =>
    typeof item === 'number' ? (pictures[item] ?? Buffer.alloc(0)) : Buffer.from(item.text + item.end, 'latin1');
  const groups = answer.groups.map((group) => Buffer.concat(group.map(text)));
  const head = answer.head.map(text);
  if (!answer.isChunked) return join(...head, ...groups);
  // A still in two chunks; a stream in one chunk per part.
  const half = (groups[0]?.length ?? 0) >> 1;
  const data = groups.length > 1 ? groups : groups.flatMap((one) => [one.subarray(0, half), one.subarray(half)]);
  const made = [...data, Buffer.alloc(0)].map((one, index) =>
    (which === 'each' || index === 1 ? chunk : properChunk)(one.length, one, index === data.length),
  );
  return join(...head, ...made);
}

/** All responses, the valid ones first; the same in every run. */
export function spoiledAnswers(pictures: readonly Buffer[]): SpoiledAnswer[] {
  const made: SpoiledAnswer[] = [];
  const add = (answer: Answer, fault: string, bytes: Buffer): void => {
    made.push({ name: `${answer.name}: ${fault}`, use: answer.use, open: answer.open, bytes });
  };
  for (const answer of answers(pictures)) {
    add(answer, 'sound', bytesOf(answer, pictures));
    for (const [at, one] of answer.head.entries()) {
      if (answer.spoils.head?.test(one.text) !== true) continue;
      for (const [fault, spoil] of Object.entries(lineFaultsOf(one))) {
        const head = answer.head.flatMap((other, index) => (index === at ? spoil(other) : [other]));
        add(answer, fault, bytesOf({ ...answer, head }, pictures));
      }
    }
    for (const [at, one] of (answer.groups[1] ?? []).entries()) {
      if (typeof one === 'number') continue;
      for (const [fault, spoil] of Object.entries(lineFaultsOf(one))) {
        for (const which of answer.spoils.parts) {
          const groups = answer.groups.map((group, number) =>
            which === 'each' || number === 1
              ? group.flatMap((item, index): readonly Item[] =>
                  index === at && typeof item !== 'number' ? spoil(item) : [item],
                )
              : group,
          );
          add(answer, `in ${which} part ${fault}`, bytesOf({ ...answer, groups }, pictures));
        }
      }
    }
    if (!answer.isChunked) continue;
    for (const [fault, chunk] of Object.entries(CHUNK_FAULTS)) {
      for (const which of ['each', 'the second'] as const) {
        add(answer, `in ${which} chunk ${fault}`, bytesOf(answer, pictures, chunk, which));
      }
    }
  }
  return made;
}
