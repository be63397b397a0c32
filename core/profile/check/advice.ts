// Warnings about a valid profile that probably contains a mistake. Pure.

import type { PortName } from '../../contract/ports.ts';
import type { Problem } from '../../contract/problems.ts';
import { withoutPassword } from '../phrasing.ts';
import { entryOf, type Mapping, problem } from '../source/tree.ts';
import type { Mark } from '../values/fill.ts';
import type { CheckedNode } from './node.ts';

/** Ports that have no effect unless another node refers to them. */
const FOR_OTHERS: readonly PortName[] = ['frames', 'stills', 'server', 'registry', 'service', 'readings', 'printer'];

export function advise(
  tree: Mapping,
  nodes: ReadonlyMap<string, CheckedNode>,
  usedVars: ReadonlySet<string>,
  file: string,
): Problem[] {
  return [...unusedNodes(nodes), ...plainSecrets(nodes), ...unusedVars(tree, usedVars, file)];
}

function unusedNodes(nodes: ReadonlyMap<string, CheckedNode>): Problem[] {
  const used = new Set([...nodes.values()].flatMap(({ spec }) => spec.references.flatMap(({ to }) => to)));
  return [...nodes.values()].flatMap(({ id, range, spec }) => {
    if (used.has(id)) return [];
    const { provides } = spec;
    // A store keeps its frames and a broker serves external clients, even if no node refers to them.
    const forOthers = provides.some((port) => FOR_OTHERS.includes(port));
    if (!forOthers || provides.includes('store') || provides.includes('mqtt')) return [];
    const what = provides.includes('server') ? 'it serves nothing' : 'its frames are not used';
    return [problem('advice', range, `No node refers to "${id}" (${spec.use}): ${what}.`)];
  });
}

function plainSecrets(nodes: ReadonlyMap<string, CheckedNode>): Problem[] {
  return [...nodes.values()].flatMap(({ marks }) => [
    ...secretOptions(marks),
    ...secretsInUrls(marks),
    ...cutSecrets(marks),
  ]);
}

function secretsInUrls(marks: readonly Mark[]): Problem[] {
  return marks
    .filter(({ keywords, given, interpolated }) => !keywords.secret && given && !interpolated && isUrl(keywords))
    .filter(({ text }) => withoutPassword(text) !== text)
    .map(({ option, range }) =>
      problem(
        'advice',
        range,
        `${option} contains a password in plain text; write \${env:NAME}, \${file:/path} or \${cred:NAME} in its place.`,
      ),
    );
}

const isUrl = ({ format }: Mark['keywords']): boolean => format?.endsWith('-url') === true;

/** YAML reads `password: secret #1` as the password "secret". */
function cutSecrets(marks: readonly Mark[]): Problem[] {
  return marks
    .filter(({ keywords, given, cut }) => keywords.secret && given && cut)
    .map(({ option, range }) =>
      problem(
        'advice',
        range,
        `${option} ends before the " #", where a comment begins; if the "#" is part of it, put the whole in quotes.`,
      ),
    );
}

function secretOptions(allMarks: readonly Mark[]): Problem[] {
  return allMarks
    .filter(({ keywords, given, interpolated }) => keywords.secret && given && !interpolated)
    .filter(({ keywords, text }) => text !== '' && !(keywords.format?.endsWith('-url') && isOpen(text)))
    .map(({ option, range }) =>
      problem(
        'advice',
        range,
        `${option} is a secret in plain text; write \${env:NAME}, \${file:/path} or \${cred:NAME}.`,
      ),
    );
}

/** A URL without a user and without parameters, such as that of a file, contains no secret. */
const isOpen = (url: string): boolean => !/[@?]/.test(url);

/** Only those of the profile itself: an included file may offer more vars than are used. */
function unusedVars(tree: Mapping, used: ReadonlySet<string>, file: string): Problem[] {
  const vars = entryOf(tree, 'vars')?.value;
  if (vars?.kind !== 'map') return [];
  return [...vars.entries].flatMap(([name, { key }]) =>
    used.has(name) || key.file !== file ? [] : [problem('advice', key, `Nothing uses the var "${name}".`)],
  );
}
