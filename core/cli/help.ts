// Help texts: the overview of all commands, and one command in full.

import { columns } from './columns.ts';
import type { Command, FlagSpec, Io } from './command.ts';
import { commandsOf } from './commands.ts';
import { type ProfileCommand, profileCommands } from './profile-commands.ts';

/** The output of `camd --help`. */
export async function overview(io: Pick<Io, 'builtins' | 'commands' | 'standaloneCommands'>): Promise<string> {
  const { builtins, standaloneCommands } = io;
  const all = await Promise.all(Object.values(commandsOf(io)).map(async (load) => (await load()).default));
  const others = Object.entries(standaloneCommands).map(async ([name, load]) => ({ ...(await load()).default, name }));
  const rows = [...all, ...(await Promise.all(others))].map(({ name, summary }) => [`  camd ${name}`, summary]);
  const ofPlugins = (await profileCommands(builtins)).map(({ name, summary, use }) => [
    `  camd ${name}`,
    `${summary} (${use})`,
  ]);
  return [
    'camd: one daemon for camera frames. A YAML profile describes a pipeline; camd validates it and runs it.',
    '',
    'Usage: camd --config PROFILE          run a profile',
    '       camd COMMAND [OPTIONS]',
    '',
    'Commands:',
    columns(rows),
    '',
    'Commands for profiles that use the plugin in brackets, with --config PROFILE:',
    columns(ofPlugins),
    '',
    'Options:',
    columns([
      [
        '  -c, --config PROFILE',
        'the profile; also for commands of its plugins, such as: camd clients list -c PROFILE',
      ],
      ['  -h, --help', 'show this help; "camd COMMAND --help" explains one command'],
      ['  -V, --version', 'show the version'],
    ]),
    '',
    'Exit codes: 0 stopped normally, 1 crashed, 64 invalid command line, 69 no camd is running, 71 this machine lacks something, 78 invalid profile.',
    '',
  ].join('\n');
}

/** The output of `camd NAME --help` without a profile, for a command of one or more plugins. */
export const profileCommandHelp = (found: readonly ProfileCommand[]): string =>
  found
    .map(({ summary, usage, use }) => {
      return `${summary}.\n\nUsage: camd ${usage} [--node ID]\n\nThe profile must have a node that uses ${use}.\n`;
    })
    .join('\n');

/** The output of `camd NAME --help`. */
export function commandHelp(command: Command): string {
  const usage = command.usage.map((form) => `camd ${form}`).join('\n       ');
  const flags = Object.entries(command.options).map(([name, spec]) => [flagForm(name, spec), flagText(spec)]);
  return [
    `${command.summary}.`,
    '',
    `Usage: ${usage}`,
    ...(command.details ? ['', command.details] : []),
    '',
    'Options:',
    columns([...flags, ['  -h, --help', 'show this help']]),
    '',
  ].join('\n');
}

function flagForm(name: string, spec: FlagSpec): string {
  const value = spec.type === 'string' ? ` ${spec.value ?? spec.choices?.join('|') ?? 'VALUE'}` : '';
  return `  ${spec.short ? `-${spec.short}, ` : '    '}--${name}${value}`;
}

const flagText = (spec: FlagSpec) =>
  spec.default === undefined ? spec.description : `${spec.description} (default: ${spec.default})`;
