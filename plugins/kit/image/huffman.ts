// The typical Huffman tables of JPEG (ITU-T T.81 Annex K.3), which MJPG cameras omit.

/** One table of a DHT segment: the number of codes of each length 1 to 16, and their symbols in order. */
export interface HuffmanTable {
  readonly kind: 'dc' | 'ac';
  /** 0 luminance, 1 chrominance. */
  readonly id: 0 | 1;
  readonly counts: readonly number[];
  readonly symbols: Buffer;
}

const CATEGORIES = Buffer.from([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);

/** T.81 tables K.3, K.5, K.4 and K.6. */
export const STANDARD_TABLES: readonly HuffmanTable[] = [
  { kind: 'dc', id: 0, counts: [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0], symbols: CATEGORIES },
  {
    kind: 'ac',
    id: 0,
    counts: [0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 125],
    symbols: Buffer.from(
      '01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a161718191a25262728292a343536373839' +
        '3a434445464748494a535455565758595a636465666768696a737475767778797a838485868788898a92939495969798999aa2a3a4a5a6' +
        'a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9fa',
      'hex',
    ),
  },
  { kind: 'dc', id: 1, counts: [0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0], symbols: CATEGORIES },
  {
    kind: 'ac',
    id: 1,
    counts: [0, 2, 1, 2, 4, 4, 3, 4, 7, 5, 4, 4, 0, 1, 2, 119],
    symbols: Buffer.from(
      '000102031104052131061241510761711322328108144291a1b1c109233352f0156272d10a162434e125f11718191a262728292a35363738' +
        '393a434445464748494a535455565758595a636465666768696a737475767778797a82838485868788898a92939495969798999aa2a3a4' +
        'a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae2e3e4e5e6e7e8e9eaf2f3f4f5f6f7f8f9fa',
      'hex',
    ),
  },
];

/** All four tables as one DHT segment of 420 bytes, to be placed before the first SOS of a picture that has none. */
export const STANDARD_DHT: Buffer = dhtSegment(STANDARD_TABLES);

/** A DHT segment (T.81 §B.2.4.2), marker and length included. */
export function dhtSegment(tables: readonly HuffmanTable[]): Buffer {
  const body = Buffer.concat(
    tables.map(({ kind, id, counts, symbols }) =>
      Buffer.concat([Buffer.from([(kind === 'ac' ? 0x10 : 0) | id, ...counts]), symbols]),
    ),
  );
  return Buffer.concat([Buffer.from([0xff, 0xc4, (body.length + 2) >> 8, (body.length + 2) & 0xff]), body]);
}

/** Symbol → its code and the code's length in bits (T.81 Annex C); length 0 where the table lacks the symbol. */
export interface HuffmanCodes {
  readonly code: Uint16Array;
  readonly length: Uint8Array;
}

export function huffmanCodes({ counts, symbols }: HuffmanTable): HuffmanCodes {
  const code = new Uint16Array(256);
  const length = new Uint8Array(256);
  let next = 0;
  let index = 0;
  counts.forEach((count, bits) => {
    for (let i = 0; i < count; i++) {
      const symbol = symbols[index++] ?? 0;
      code[symbol] = next++;
      length[symbol] = bits + 1;
    }
    next <<= 1;
  });
  return { code, length };
}

/** The tables by name, for an encoder. */
export function standardCodes(kind: 'dc' | 'ac', id: 0 | 1): HuffmanCodes {
  const table = STANDARD_TABLES.find((candidate) => candidate.kind === kind && candidate.id === id);
  if (table === undefined) throw new RangeError(`there is no standard ${kind} table ${id}`);
  return huffmanCodes(table);
}
