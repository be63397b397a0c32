// Checks file sizes: none over 400 lines, the median at most 120, and a first line that states the file's purpose.

import { readFileSync } from 'node:fs';
import { sourceFiles } from './files.ts';

const MOST_LINES = 400;
const MEDIAN_LINES = 120;
const FOLDERS = ['core', 'plugins', 'testing', 'packaging', 'test', 'bench'];

export function sizes(): string[] {
  const files = FOLDERS.flatMap(sourceFiles).map((path) => {
    const lines = readFileSync(path, 'utf8').split('\n');
    return { path, first: lines[0] ?? '', lines: lines.length - 1 };
  });
  const median = files.map(({ lines }) => lines).sort((a, b) => a - b)[Math.floor(files.length / 2)] ?? 0;
  return [
    ...files
      .filter(({ lines }) => lines > MOST_LINES)
      .map(({ path, lines }) => `${path} has ${lines} lines, over ${MOST_LINES}`),
    ...files
      .filter(({ first }) => !/^\/\/ \S/.test(first))
      .map(({ path }) => `${path} does not begin with its purpose`),
    ...(median > MEDIAN_LINES ? [`the median of all files is ${median} lines, over ${MEDIAN_LINES}`] : []),
  ];
}
