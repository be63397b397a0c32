// The marker codes of JPEG (ITU-T T.81 table B.1) and their kinds.

export const SOI = 0xd8;
export const EOI = 0xd9;
export const SOS = 0xda;
export const DHT = 0xc4;
export const APP0 = 0xe0;
export const APP1 = 0xe1;
export const COM = 0xfe;

/** A frame header: SOF0 to SOF15 without DHT, JPG and DAC, which lie in the same range. */
export const isFrameHeader = (code: number): boolean =>
  code >= 0xc0 && code <= 0xcf && code !== DHT && code !== 0xc8 && code !== 0xcc;

/** A marker that is followed by a length and that many bytes. Reserved codes are excluded: they indicate damage. */
export const isSegment = (code: number): boolean =>
  (code >= 0xc0 && code <= 0xcf) || (code >= SOS && code <= 0xef) || code === COM || (code >= 0xf0 && code <= 0xfd);

/** Maximum segments of one picture, and fill bytes before a segment: data with more is not a picture and would take long to parse. */
export const MAX_SEGMENTS = 4096;
export const MAX_FILL = 64 * 1024;

/** APP0 to APP15 and COM: may contain anything, whole JPEGs included. */
export const isFreeForm = (code: number): boolean => (code >= APP0 && code <= 0xef) || code === COM;

/** After FF in entropy-coded data: a stuffed zero or a restart marker, which belong to the data (T.81 §B.1.1.5). */
export const isEntropy = (code: number): boolean => code === 0 || (code & 0xf8) === 0xd0;
