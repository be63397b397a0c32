// Runs a parser over bytes in any chunking, as plugin authors do with camd/testing.

export { everyByte, type Parsed as Heard, parse } from '../../testing/parse.ts';
