// The manual pages camd(1) and camd.yaml(5), from the same tables and schemas as the help and the reference. Pure.

import type { Command, FlagSpec } from '../../core/cli/command.ts';
import { EXIT } from '../../core/cli/command.ts';
import type { OptionSchema, PluginSchema } from '../../core/contract/schema.ts';
import { describe, type OptionDoc } from '../../plugins/command/plugins/describe.ts';
import { type Block, manualPage, type Section, text } from './roff.ts';

export interface Edition {
  readonly version: string;
  readonly date: string;
}

/** A command that a plugin adds. */
export interface ShortCommand {
  readonly name: string;
  readonly summary: string;
  readonly usage: string;
}

const FILES: readonly (readonly [string, string])[] = [
  ['/etc/camd/camd.yaml', 'The profile of the system service.'],
  ['/var/lib/camd', 'The state folder of the service: relative paths of stores are in it.'],
  ['/run/camd', 'The control socket of the service.'],
  [
    '$XDG_RUNTIME_DIR/camd, ~/.local/state/camd/control, /tmp/camd-UID',
    'The control socket of a camd that a user runs: in the first usable folder.',
  ],
  ['/usr/share/doc/camd/examples', 'Profiles to start from; "camd new" prints them.'],
  ['/usr/local/lib/camd', 'Optional packages that "camd plugins install" has added.'],
];

const EXITS: Readonly<Record<keyof typeof EXIT, string>> = {
  ok: 'Stopped normally.',
  crashed: 'Crashed, or could not execute the command.',
  usage: 'The command line is invalid.',
  notRunning: 'The command needs a running camd, and none is running.',
  machine: 'camd doctor: something is wrong on this machine.',
  profile: 'The profile is invalid.',
};

export function camd1(commands: readonly Command[], short: readonly ShortCommand[], edition: Edition): string {
  const sections: Section[] = [
    {
      title: 'SYNOPSIS',
      body: [text('camd --config PROFILE'), text('camd COMMAND [OPTIONS]')],
    },
    {
      title: 'DESCRIPTION',
      body: [
        text(
          'camd is one daemon for camera frames. A YAML profile, described in camd.yaml(5), names sources, parsers, transforms, caches, stores, HTTP endpoints, MQTT bridges and uploaders; camd validates it and runs it as a graph. SIGHUP reloads the profile without cutting streams; SIGTERM and SIGINT stop camd.',
        ),
      ],
    },
    { title: 'COMMANDS', body: [...commands.flatMap(ofCommand), ...short.flatMap(ofShort)] },
    {
      title: 'EXIT STATUS',
      body: Object.entries(EXIT).map(([name, code]) => {
        return { is: 'term', term: String(code), text: EXITS[name as keyof typeof EXIT] };
      }),
    },
    { title: 'FILES', body: FILES.map(([term, what]) => ({ is: 'term', term, text: what })) },
    { title: 'SEE ALSO', body: [text('camd.yaml(5), systemd.service(5), v4l2-ctl(1), ffmpeg(1)')] },
  ];
  return manualPage({ name: 'camd', section: 1, summary: 'one daemon for camera frames', ...edition, sections });
}

function ofCommand(command: Command): Block[] {
  const usage = command.usage.map((form) => `camd ${form}`).join('\n');
  return [
    { is: 'heading', text: `camd ${command.name}` },
    text(`${command.summary}.`),
    { is: 'verbatim', text: usage },
    ...(command.details === undefined ? [] : [text(command.details)]),
    ...Object.entries(command.options).map(([name, spec]): Block => {
      return { is: 'term', term: flag(name, spec), text: flagText(spec) };
    }),
  ];
}

const ofShort = ({ name, summary, usage }: ShortCommand): Block[] => [
  { is: 'heading', text: `camd ${name}` },
  text(`${summary}.`),
  { is: 'verbatim', text: `camd ${usage}` },
];

function flag(name: string, spec: FlagSpec): string {
  const value = spec.type === 'string' ? ` ${spec.value ?? spec.choices?.join('|') ?? 'VALUE'}` : '';
  return `${spec.short ? `-${spec.short}, ` : ''}--${name}${value}`;
}

const flagText = ({ description, default: value }: FlagSpec): string =>
  `${description[0]?.toUpperCase()}${description.slice(1)}${value === undefined ? '' : ` (default: ${value})`}.`;

export function camdYaml5(base: OptionSchema, plugins: readonly PluginSchema[], edition: Edition): string {
  const keys = Object.entries(base.properties ?? {}).map(([term, option]): Block => {
    return { is: 'term', term, text: option.description ?? '' };
  });
  const sections: Section[] = [
    {
      title: 'DESCRIPTION',
      body: [
        text(
          'A profile is a YAML 1.2 file. Under "pipeline", each key is the id of a node; "use" names its plugin, and the other keys are the options of that plugin. Nodes refer to each other by id. Durations have a unit (500ms, 10s, 5m, 2h, 30d), and so have sizes (64KiB, 2MB).',
        ),
        text(
          '"camd validate PROFILE" finds every mistake with its line; "camd plugins USE" prints one plugin as below.',
        ),
        { is: 'verbatim', text: FIRST_PROFILE },
      ],
    },
    { title: 'TOP-LEVEL KEYS', body: keys },
    { title: 'VALUES FROM ELSEWHERE', body: VALUES.map(([term, what]) => ({ is: 'term', term, text: what })) },
    ...plugins.map(describe).map(({ use, summary, description, options, examples }): Section => {
      const shown = examples.slice(0, 1).map(({ yaml }): Block => ({ is: 'verbatim', text: yaml }));
      return { title: use, body: [text(`${summary}. ${description}`), ...options.map(ofOption), ...shown] };
    }),
    { title: 'SEE ALSO', body: [text('camd(1)')] },
  ];
  const summary = 'profiles: the pipelines that camd runs';
  return manualPage({ name: 'camd.yaml', section: 5, summary, ...edition, sections });
}

const FIRST_PROFILE = `camd: 1
pipeline:
  camera: { use: source/v4l2, device: /dev/video0 }
  latest: { use: cache/latest, from: camera }
  web: { use: http/server, listen: 127.0.0.1:8080 }
  live: { use: http/stream, on: web, from: latest, path: /stream }`;

const VALUES: readonly (readonly [string, string])[] = [
  ['${env:NAME}', 'A variable of the environment; ${env:NAME:-text} gives a default.'],
  ['${file:PATH}', 'The content of a file, without the line end.'],
  ['${cred:NAME}', 'A credential of the service: see LoadCredential= in systemd.exec(5).'],
  ['${var:NAME}', 'A value of "vars".'],
];

function ofOption({ path, type, required, default: value, facts, description }: OptionDoc): Block {
  const duty = required ? 'required' : value === undefined ? 'optional' : `default ${value}`;
  return {
    is: 'term',
    term: path,
    beside: [type, duty, ...facts].join(' · ').replace(/ · /g, '; '),
    text: description,
  };
}
