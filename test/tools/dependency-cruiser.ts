// dependency-cruiser for packaging/, which does not see the packages of test/.

export { cruise, type ICruiseOptions, type ICruiseResult } from 'dependency-cruiser';
export { default as extractTSConfig } from 'dependency-cruiser/config-utl/extract-ts-config';
