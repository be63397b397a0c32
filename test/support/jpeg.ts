// Real JPEGs, as plugin authors get them from camd/testing.

export { random, type SampleJpeg, sampleJpeg } from '../../testing/jpeg.ts';
