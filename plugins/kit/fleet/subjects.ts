// The subjects of the camd protocol over NATS, and the encoding of ids in them.

/** All other characters are separators or wildcards, or are not allowed in the keys of a bucket. */
const PLAIN = /[A-Za-z0-9_-]/;

/** An id as one token of a subject and of a bucket's key: "=" and two hexadecimal digits replace each other byte. */
export function encodeId(id: string): string {
  let encoded = '';
  for (const byte of Buffer.from(id, 'utf8')) {
    const character = String.fromCharCode(byte);
    encoded += PLAIN.test(character) ? character : `=${byte.toString(16).padStart(2, '0').toUpperCase()}`;
  }
  return encoded;
}

/** Undefined if the token is not an encoded id in its canonical form. */
export function decodeId(token: string): string | undefined {
  const bytes: number[] = [];
  for (let at = 0; at < token.length; at++) {
    const character = token[at] ?? '';
    if (character !== '=') {
      bytes.push(character.charCodeAt(0));
      continue;
    }
    const digits = token.slice(at + 1, at + 3);
    if (!/^[0-9A-F]{2}$/.test(digits)) return undefined;
    bytes.push(Number.parseInt(digits, 16));
    at += 2;
  }
  const id = Buffer.from(bytes).toString('utf8');
  return id !== '' && encodeId(id) === token ? id : undefined;
}

/** A put into a key-value bucket is a message to this subject (ADR-8 of NATS). */
export const thumbnailSubject = (bucket: string, edge: string, camera: string): string =>
  `$KV.${bucket}.${encodeId(edge)}.${encodeId(camera)}`;

/** The edge in a key of the bucket; undefined for keys that camd did not write. */
export const edgeOfThumbnail = (key: string): string | undefined => decodeId(key.split('.')[0] ?? '');

export interface Subjects {
  /** Subjects that an edge subscribes to; the last tokens are the request and, for all but `list`, the camera. */
  requests(edge: string): string;
  /** The request subjects of all edges. */
  readonly allRequests: string;
  request(edge: string, is: string, camera: string | undefined): string;
  /** Hellos of one edge, or of all. */
  hello(edge?: string): string;
  /** A message here makes all edges say hello. */
  readonly rollCall: string;
  /** Parses a subject that matches `requests`; undefined for other subjects. */
  readRequest(edge: string, subject: string): { readonly is: string; readonly camera: string | undefined } | undefined;
  readHello(subject: string): string | undefined;
}

export function createSubjects(prefix: string): Subjects {
  const own = (edge: string): string => `${prefix}.edge.${encodeId(edge)}.`;
  const hellos = `${prefix}.hello.`;
  return {
    requests: (edge) => `${own(edge)}>`,
    allRequests: `${prefix}.edge.>`,
    request: (edge, is, camera) => `${own(edge)}${is}${camera === undefined ? '' : `.${encodeId(camera)}`}`,
    hello: (edge) => `${hellos}${edge === undefined ? '*' : encodeId(edge)}`,
    rollCall: `${prefix}.roll-call`,
    readRequest(edge, subject) {
      const start = own(edge);
      if (!subject.startsWith(start)) return undefined;
      const [is = '', camera, ...rest] = subject.slice(start.length).split('.');
      if (rest.length > 0) return undefined;
      return { is, camera: camera === undefined ? undefined : decodeId(camera) };
    },
    readHello: (subject) => (subject.startsWith(hellos) ? decodeId(subject.slice(hellos.length)) : undefined),
  };
}
