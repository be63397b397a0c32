// Runs a parser over bytes in any chunking, as plugin authors do with camd/testing.

export { everyByte, type Parsed, parse } from '../../testing/parse.ts';
