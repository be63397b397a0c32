// Checks the names in a test file: nodes of the profile with the right ports, stand-in servers, viewers, and paths to set. Pure.

import { closest, orElse } from '../../../core/base/closest.ts';
import type { PortName } from '../../../core/contract/ports.ts';
import type { Problem } from '../../../core/contract/problems.ts';
import type { NodeSpec, Profile } from '../../../core/profile/profile.ts';
import { parseOverride } from '../../../core/profile/source/override.ts';
import { pointerTo, problem } from '../../../core/profile/source/tree.ts';
import type { TestFile } from './language.ts';
import { serversIn } from './overrides.ts';
import { isFed } from './stand-ins.ts';

/** Checks that need no profile: the servers in `env` and `set`, and the form of the paths in `set`. */
export function checkNames(test: TestFile): Problem[] {
  const { content } = test;
  const servers = Object.keys(content.servers ?? {});
  const unknownServers = (text: string, pointer: string): Problem[] =>
    serversIn(text)
      .filter((name) => !servers.includes(name))
      .map((name) => unknown(test, pointer, `There is no stand-in server "${name}"`, name, servers));
  const ofSet = Object.entries(content.set ?? {}).flatMap(([path, value]) => {
    const pointer = pointerTo('/set', path);
    const text = JSON.stringify(value);
    const form = parseOverride(`${path}=${text}`);
    if (typeof form !== 'string') return unknownServers(text, pointer);
    const message = `"${path}" is not a path of a profile, such as pipeline.api.url.`;
    return [problem('wrong-value', test.place(pointer, 'key'), message)];
  });
  const ofEnv = Object.entries(content.env ?? {}).flatMap(([name, value]) =>
    unknownServers(String(value), pointerTo('/env', name)),
  );
  return [...ofEnv, ...ofSet];
}

/** Checks all names in the tests. */
export function checkReferences(test: TestFile, profile: Profile): Problem[] {
  const { content } = test;
  const nodes = [...profile.nodes.values()];
  const provides =
    (port: PortName) =>
    ({ provides: all }: NodeSpec): boolean =>
      all.includes(port);
  const servers = Object.keys(content.servers ?? {});
  const problems: Problem[] = [];

  const node = (
    id: string | undefined,
    pointer: string,
    what: string,
    fits: (spec: NodeSpec) => boolean,
    at?: 'key',
  ): void => {
    if (id === undefined) return;
    const spec = profile.nodes.get(id);
    const names = nodes.filter(fits).map((spec) => spec.id);
    if (!spec) problems.push(unknown(test, pointer, `The profile has no node "${id}"`, id, names, at));
    else if (!fits(spec)) {
      const these = names.length > 0 ? `: ${names.join(', ')}` : '; the profile has none';
      problems.push(problem('missing-port', test.place(pointer, at), `"${id}" is ${spec.use}; name ${what}${these}.`));
    }
  };
  for (const id of Object.keys(content.known ?? {}))
    node(id, pointerTo('/known', id), 'a registry', provides('registry'), 'key');
  for (const id of Object.keys(content.sources ?? {})) node(id, pointerTo('/sources', id), 'a source', isFed, 'key');

  for (const [index, { steps }] of content.tests.entries()) {
    const viewers = new Set<string>();
    const viewer = (name: string | undefined, pointer: string): void => {
      if (name === undefined || viewers.has(name)) return;
      problems.push(unknown(test, pointer, `No step before this one opens a viewer "${name}"`, name, [...viewers]));
    };
    for (const [number, step] of steps.entries()) {
      const at = `/tests/${index}/steps/${number}`;
      node(step.send?.to, `${at}/send/to`, 'a source that produces pictures itself', isFed);
      node(step.request?.to, `${at}/request/to`, 'a server', provides('server'));
      node(step.open?.to, `${at}/open/to`, 'a server', provides('server'));
      node(step.publish?.to, `${at}/publish/to`, 'an MQTT node', provides('mqtt'));
      node(step.printer?.node, `${at}/printer/node`, 'a printer', provides('printer'));
      node(step.expect?.node, `${at}/expect/node`, 'a node', () => true);
      node(step.expect?.store, `${at}/expect/store`, 'a store', provides('store'));
      node(step.expect?.broker, `${at}/expect/broker`, 'an MQTT node', provides('mqtt'));
      node(step.expect?.service, `${at}/expect/service`, 'a service', provides('service'));
      viewer(step.close, `${at}/close`);
      viewer(step.expect?.viewer, `${at}/expect/viewer`);
      if (step.open) viewers.add(step.open.as);
      const server = step.expect?.server;
      if (server !== undefined && !servers.includes(server)) {
        problems.push(unknown(test, `${at}/expect/server`, `There is no stand-in server "${server}"`, server, servers));
      }
    }
  }
  return problems;
}

function unknown(
  test: TestFile,
  pointer: string,
  message: string,
  name: string,
  names: readonly string[],
  at?: 'key',
): Problem {
  const hint = orElse(closest(name, names));
  const all = hint === '.' && names.length > 0 && names.length <= 8 ? ` There are ${names.join(', ')}.` : '';
  return problem('unknown-node', test.place(pointer, at), `${message}${hint}${all}`);
}
