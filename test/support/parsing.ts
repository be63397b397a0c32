// Running a parser over bytes in any chunking, as plugin authors do it with camd/testing.

export { everyByte, type Heard, parse } from '../../testing/parse.ts';
