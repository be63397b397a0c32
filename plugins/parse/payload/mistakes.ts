// Names the usual mistakes of programs that send a picture in a message.

/** Characters of a message that are checked. */
const BEGINNING = 64;

const MISTAKES: readonly (readonly [RegExp, string])[] = [
  [/^\s*b['"]/, "a Python bytes literal (b'…'); send the bytes, or the text of base64.b64encode(…).decode()"],
  [
    /^\s*\{\s*"type"\s*:\s*"Buffer"\s*,\s*"data"\s*:\s*\[/,
    'a Buffer as JSON ({"type":"Buffer"}); send its bytes, or its toString("base64")',
  ],
  // FF D8 FF as ISO 8859-1 in UTF-8, and as three replacement characters of UTF-8.
  [
    /^(?:\xc3\xbf\xc3\x98\xc3\xbf|(?:\xef\xbf\xbd){2})/,
    'a picture that was converted to text (UTF-8); send its bytes unchanged',
  ],
];

/** The mistake, as the end of a sentence about the message; undefined if there is none of them. */
export function mistakeIn(payload: Buffer): string | undefined {
  const begin = payload.toString('latin1', 0, BEGINNING);
  return MISTAKES.find(([pattern]) => pattern.test(begin))?.[1];
}
