// `camd test PROFILE…`: runs the test files of profiles in simulated time and reports as text, TAP or JUnit.

import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { createCatalog } from '../../../core/catalog/create.ts';
import { type Command, EXIT, type Io, UsageError } from '../../../core/cli/command.ts';
import { junitReport, tapReport, textReport } from './report.ts';
import { type FileResult, runTestFile } from './run.ts';

const FORMATS = { text: textReport, tap: tapReport, junit: junitReport } as const;
const TEST_FILE = /\.test\.ya?ml$/;

const test: Command = {
  name: 'test',
  summary: 'Run the tests of profiles: given pictures in, expected results out',
  usage: ['test [--format text|tap|junit] PROFILE...'],
  details:
    'The tests of NAME.yaml are in NAME.test.yaml next to it. A PROFILE may also be a test file, or a folder with test files.\nTests run in simulated time and without a network: the test provides the pictures, and stand-ins record what is sent.\nExit code 1: a test failed. Exit code 78: a test file or its profile is invalid.',
  options: {
    format: {
      type: 'string',
      choices: Object.keys(FORMATS),
      default: 'text',
      description: 'text for people, tap and junit for programs',
    },
  },
  words: { least: 1, most: Number.POSITIVE_INFINITY },

  async run(io, args) {
    const files = args.positionals.flatMap((name) => testFiles(io, name));
    const catalog = createCatalog(io.builtins);
    const results: FileResult[] = [];
    for (const file of new Set(files)) results.push(await runTestFile(file, { catalog, editing: io.editing }));
    const [, report] = Object.entries(FORMATS).find(([name]) => name === args.text('format')) ?? ['', textReport];
    io.out(report(results, { cwd: resolve(io.cwd), color: io.tty.out }));
    if (results.some(({ problems }) => problems.length > 0)) return EXIT.profile;
    return results.some((file) => file.results.some(({ failures }) => failures.length > 0)) ? EXIT.crashed : EXIT.ok;
  },
};

export default test;

function testFiles(io: Io, name: string): string[] {
  const path = resolve(io.cwd, name);
  if (existsSync(path) && statSync(path).isDirectory()) {
    const found = readdirSync(path).filter((file) => TEST_FILE.test(file));
    if (found.length === 0) throw new UsageError(`camd test: ${name} has no files NAME.test.yaml`);
    return found.sort().map((file) => join(path, file));
  }
  if (TEST_FILE.test(path)) return [path];
  const beside = path.replace(/\.ya?ml$/, '.test.yaml');
  if (existsSync(beside)) return [beside];
  throw new UsageError(
    `camd test: ${name} has no tests; write them to ${relative(io.cwd, beside)} (docs/testing-profiles.md)`,
  );
}
