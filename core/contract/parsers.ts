// How profiles name parsers: `parse: mjpeg` means the plugin parse/mjpeg. The only place where the kernel names a kind.

const KIND = 'parse/';

/** Whether this plugin turns bytes into pictures; every other plugin runs as a node. */
export const isParserUse = (use: string): boolean => use.startsWith(KIND);

/** "mjpeg" or "parse/mjpeg" → "parse/mjpeg". */
export const parserUse = (name: string): string => (isParserUse(name) ? name : `${KIND}${name}`);

/** "parse/mjpeg" or "mjpeg" → "mjpeg". */
export const parserName = (use: string): string => (isParserUse(use) ? use.slice(KIND.length) : use);
