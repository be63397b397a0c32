// json-schema-to-typescript for packaging/, which does not see the packages of test/.

export { compile, type JSONSchema } from 'json-schema-to-typescript';
