// Runs the commands that plugins of a profile provide, such as `camd clients list --config P`.

import type { Catalog } from '../catalog/catalog.ts';
import type { PluginCommand } from '../contract/plugin.ts';
import { isFault, sentence } from '../contract/problems.ts';
import { orWords } from '../profile/phrasing.ts';
import type { NodeSpec } from '../profile/profile.ts';
import { resolvePath } from '../profile/resolve.ts';
import { EXIT, type Io, UsageError } from './command.ts';
import { commandsOf } from './commands.ts';
import { profileCommandHelp } from './help.ts';
import { type ProfileCommand, profileCommands } from './profile-commands.ts';
import { readGood } from './reading.ts';
import { didYouMean } from './suggest.ts';

type Resolve = (path: string) => string;

interface Found {
  readonly node: NodeSpec;
  readonly command: PluginCommand<Record<string, unknown>>;
}

/** Finds the command in the plugins that the profile uses. --config and --node are camd's options, all other arguments are the plugin's. */
export async function runPluginCommand(io: Io, name: string, argv: readonly string[]): Promise<number> {
  const { config, node, help, words } = parseWords(argv);
  const known = await profileCommands(io.builtins);
  if (config === undefined && help && known.some((command) => command.name === name)) {
    io.out(profileCommandHelp(known.filter((command) => command.name === name)));
    return EXIT.ok;
  }
  const own = [
    ...Object.keys(commandsOf(io)),
    ...Object.keys(io.standaloneCommands),
    ...known.map((command) => command.name),
  ];
  if (config === undefined) throw new UsageError(unknown(name, own, known));

  const result = await readGood(io, { file: config });
  if (!result.profile) return result.code;
  const all = await commandsIn(result.profile.nodes.values(), result.catalog);
  const found = (all.get(name) ?? []).filter(({ node: { id } }) => node === undefined || id === node);
  const [only] = found;
  if (!only && node !== undefined && all.has(name)) {
    const ids = (all.get(name) ?? []).map(({ node: { id } }) => id).join(', ');
    throw new UsageError(`camd ${name}: the node "${node}" has no such command; these have it: ${ids}`);
  }
  if (!only) {
    const uses = known.filter((command) => command.name === name).map(({ use }) => use);
    if (uses.length === 0) throw new UsageError(unknown(name, [...own, ...all.keys()], known));
    throw new UsageError(`camd ${name} needs a profile with a node that uses ${orWords(uses)}; ${config} has none`);
  }
  if (found.length > 1 && !only.command.each) {
    const ids = found.map(({ node: { id } }) => id).join(', ');
    throw new UsageError(`camd ${name}: several nodes have this command (${ids}); choose one with --node ID`);
  }
  if (help) {
    io.out(`${only.command.summary}.\n\nUsage: camd ${only.command.usage} --config PROFILE [--node ID]\n`);
    return EXIT.ok;
  }
  const { folder } = result.profile;
  for (const entry of found) {
    const code = await run(io, entry, words, (path) => resolvePath(folder, path));
    if (code !== EXIT.ok) return code;
  }
  return EXIT.ok;
}

async function run(io: Io, { node, command }: Found, words: readonly string[], resolve: Resolve): Promise<number> {
  try {
    for (const line of await command.run(node.options, words, resolve)) io.out(`${line}\n`);
    return EXIT.ok;
  } catch (thrown) {
    if (thrown instanceof UsageError || !isFault(thrown)) throw thrown;
    io.err(`${sentence(thrown)}\n`);
    return thrown.blame === 'profile' ? EXIT.usage : EXIT.crashed;
  }
}

async function commandsIn(nodes: Iterable<NodeSpec>, catalog: Catalog): Promise<Map<string, Found[]>> {
  const found = new Map<string, Found[]>();
  for (const node of nodes) {
    const plugin = await catalog.node(node.use);
    for (const [name, command] of Object.entries(plugin.commands ?? {})) {
      found.set(name, [...(found.get(name) ?? []), { node, command }]);
    }
  }
  return found;
}

function parseWords(argv: readonly string[]) {
  const words: string[] = [];
  const flags = new Map<string, string>();
  let help = false;
  for (let index = 0; index < argv.length; index++) {
    const word = argv[index] ?? '';
    const [, flag, value] = /^(?:--(config|node)|-c)(?:=(.*))?$/.exec(word) ?? [];
    if (word === '--help' || word === '-h') help = true;
    else if (flag !== undefined || word === '-c') flags.set(flag ?? 'config', value ?? argv[++index] ?? '');
    else words.push(word);
  }
  return { config: flags.get('config'), node: flags.get('node'), help, words };
}

function unknown(name: string, known: readonly string[], ofPlugins: readonly ProfileCommand[]): string {
  const uses = ofPlugins.filter((command) => command.name === name).map(({ use }) => use);
  if (uses.length > 0)
    return `camd ${name} needs a profile that uses ${orWords(uses)}: camd ${name} … --config PROFILE`;
  if (/\.ya?ml$/.test(name)) return `camd has no command "${name}"; to run that profile: camd --config ${name}`;
  return `camd has no command "${name}"${didYouMean(name, known)}`;
}
