// Reports the results of tests as text, as TAP 14 and as JUnit XML. Pure.

import { relative } from 'node:path';
import { type Problem, placeText } from '../../../core/contract/problems.ts';
import { renderProblems } from '../../../core/profile/show/render.ts';
import type { FileResult, TestResult } from './run.ts';

export interface ReportOptions {
  readonly cwd: string;
  readonly color: boolean;
}

export function textReport(files: readonly FileResult[], { cwd, color }: ReportOptions): string {
  const lines = files.flatMap(({ file, results, problems, sources }) => {
    const render = (all: readonly Problem[]): string => renderProblems(all, sources, { format: 'text', cwd, color });
    return [
      shown(file, cwd),
      ...results.flatMap(({ name, failures }) => [
        `  ${failures.length === 0 ? 'ok' : 'FAILED'}  ${name}`,
        ...(failures.length > 0 ? [render(failures.map(({ problem }) => problem))] : []),
      ]),
      ...(problems.length > 0 ? [render(problems)] : []),
    ];
  });
  return `${lines.join('\n')}\n${summary(files)}\n`;
}

function summary(files: readonly FileResult[]): string {
  const all = files.flatMap(({ results }) => results);
  const failed = all.filter(({ failures }) => failures.length > 0).length;
  const broken = files.filter(({ problems }) => problems.length > 0).length;
  const parts = [
    `${all.length - failed} passed`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(broken > 0 ? [`${broken} ${broken === 1 ? 'file' : 'files'} could not run`] : []),
  ];
  return parts.join(', ');
}

/** https://testanything.org/tap-version-14-specification.html */
export function tapReport(files: readonly FileResult[], { cwd }: ReportOptions): string {
  const lines: string[] = [];
  let number = 0;
  const point = (ok: boolean, name: string, more: readonly string[]): void => {
    number++;
    const description = name.replaceAll('\\', '\\\\').replaceAll('#', '\\#').replaceAll('\n', ' ');
    lines.push(`${ok ? 'ok' : 'not ok'} ${number} - ${description}`, ...more.map((line) => `  ${line}`));
  };
  for (const { file, results, problems } of files) {
    const path = shown(file, cwd);
    for (const { name, took, failures } of results) {
      const [first] = failures;
      const details = first
        ? [
            '---',
            `message: ${JSON.stringify(first.problem.message)}`,
            'severity: fail',
            `at: ${JSON.stringify(where(first.problem, cwd))}`,
            `wanted: ${JSON.stringify(first.failure.expected)}`,
            `found: ${JSON.stringify(first.failure.seen)}`,
            `duration_ms: ${Math.round(took)}`,
            '...',
          ]
        : ['---', `duration_ms: ${Math.round(took)}`, '...'];
      point(failures.length === 0, `${path}: ${name}`, details);
    }
    for (const problem of problems) {
      const details = [
        '---',
        `message: ${JSON.stringify(problem.message)}`,
        `at: ${JSON.stringify(where(problem, cwd))}`,
        '...',
      ];
      point(false, `${path}: ${problem.code}`, details);
    }
  }
  return `TAP version 14\n1..${number}\n${lines.join('\n')}${lines.length > 0 ? '\n' : ''}`;
}

/** The form that Jenkins, GitLab and GitHub read: one testsuite per file. */
export function junitReport(files: readonly FileResult[], { cwd }: ReportOptions): string {
  const suites = files.map(({ file, results, problems }) => {
    const path = shown(file, cwd);
    const failed = results.filter(({ failures }) => failures.length > 0).length;
    const cases = [
      ...results.map((result) => testCase(path, result, cwd)),
      ...problems.map((problem) => {
        const text = `<error message="${xml(problem.message)}" type="${problem.code}">${xml(where(problem, cwd))}</error>`;
        return `    <testcase classname="${xml(path)}" name="${xml(where(problem, cwd))}">${text}</testcase>`;
      }),
    ];
    const counts = `tests="${cases.length}" failures="${failed}" errors="${problems.length}"`;
    const took = seconds(results.reduce((sum, result) => sum + result.took, 0));
    return `  <testsuite name="${xml(path)}" ${counts} time="${took}">\n${cases.join('\n')}\n  </testsuite>`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suites.join('\n')}\n</testsuites>\n`;
}

function testCase(path: string, { name, took, failures }: TestResult, cwd: string): string {
  const head = `    <testcase classname="${xml(path)}" name="${xml(name)}" time="${seconds(took)}"`;
  if (failures.length === 0) return `${head}/>`;
  const inner = failures.map(({ problem }) => {
    const text = `${where(problem, cwd)}: ${problem.message}`;
    return `<failure message="${xml(problem.message)}" type="${problem.code}">${xml(text)}</failure>`;
  });
  return `${head}>${inner.join('')}</testcase>`;
}

const where = ({ place }: Problem, cwd: string): string => placeText({ ...place, file: shown(place.file, cwd) });

function shown(file: string, cwd: string): string {
  const inside = relative(cwd, file);
  return inside === '' || inside.startsWith('..') ? file : inside;
}

const seconds = (ms: number): string => (ms / 1000).toFixed(3);

/** XML 1.0 does not allow control characters, not even escaped. */
const xml = (text: string): string =>
  text
    .replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '·')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
