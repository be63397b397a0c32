// Shell completion for bash, zsh and fish: commands, options, plugins, starting profiles, and nodes of a running camd. Pure.

import type { Command } from '../../core/cli/command.ts';
import type { ShortCommand } from './manuals.ts';

export interface Words {
  readonly commands: readonly Command[];
  readonly short: readonly ShortCommand[];
  /** "source/http". */
  readonly plugins: readonly string[];
  /** Arguments of `camd new`. */
  readonly starts: readonly string[];
  /** Arguments of `camd plugins install`. */
  readonly packages: readonly string[];
}

/** Prints the ids of the nodes of the running camd, one per line; nothing if camd is not running. */
const NODES = `camd status --json 2>/dev/null | grep -o '"id":"[^"]*"' | cut -d'"' -f4`;

/** Kind of word after the command; undefined for files. */
function argumentsOf(words: Words): ReadonlyMap<string, readonly string[] | 'nodes'> {
  return new Map<string, readonly string[] | 'nodes'>([
    ['tap', 'nodes'],
    ['plugins', ['install', ...words.packages, ...words.plugins]],
    ['new', words.starts],
    ['new-plugin', []],
  ]);
}

export function bash(words: Words): string {
  const names = namesOf(words);
  const flags = words.commands.map(({ name, options }) => `    ${name}) flags="${flagsOf(options).join(' ')}" ;;`);
  const values = [...argumentsOf(words)].map(([name, given]) => {
    return `    ${name}) words="${given === 'nodes' ? `$(${NODES})` : given.join(' ')}" ;;`;
  });
  return `# Completion of camd for bash.
_camd() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} command="" flags="" words="" word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD - 1}"; do
    case $word in -*) ;; *) command=$word; break ;; esac
  done
  case $previous in
  -c | --config | --output | --socket) COMPREPLY=(); return ;;
${choices(words)
  .map(
    ([name, list]) => `  --${name}) mapfile -t COMPREPLY < <(compgen -W "${list.join(' ')}" -- "$current"); return ;;`,
  )
  .join('\n')}
  esac
  if [[ -z $command ]]; then
    mapfile -t COMPREPLY < <(compgen -W "${names.join(' ')} --config --help --version" -- "$current")
    return
  fi
  case $command in
${flags.join('\n')}
  esac
  if [[ $current == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$flags --help" -- "$current")
    return
  fi
  case $command in
${values.join('\n')}
  esac
  [[ -n $words ]] && mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -o default -F _camd camd
`;
}

export function zsh(words: Words): string {
  const described = [...words.commands, ...words.short].map(({ name, summary }) => `    '${name}:${plain(summary)}'`);
  const cases = words.commands.map(({ name, options }) => {
    const flags = Object.entries(options).map(([flag, { type, description, choices: list }]) => {
      const value = type === 'boolean' ? '' : `:${flag}:${list ? `(${list.join(' ')})` : '_files'}`;
      return `'--${flag}[${plain(description)}]${value}'`;
    });
    const given = argumentsOf(words).get(name);
    const rest = given === undefined ? '_files' : given === 'nodes' ? '($(_camd_nodes))' : `(${given.join(' ')})`;
    return `  ${name}) _arguments ${[...flags, `"*:word:${rest}"`].join(' ')} ;;`;
  });
  return `#compdef camd
# Completion of camd for zsh.
_camd_nodes() {
  ${NODES}
}
_camd() {
  local -a commands
  commands=(
${described.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    _arguments '--config[the profile]:profile:_files' '--help[show help]' '--version[show the version]'
    return
  fi
  local command=\${words[2]}
  shift words
  (( CURRENT-- ))
  case $command in
${cases.join('\n')}
  *) _files ;;
  esac
}
_camd "$@"
`;
}

export function fish(words: Words): string {
  const lines = [...words.commands, ...words.short].map(({ name, summary }) => {
    return `complete -c camd -n __fish_use_subcommand -f -a ${name} -d '${plain(summary)}'`;
  });
  const flags = words.commands.flatMap(({ name, options }) =>
    Object.entries(options).map(([flag, { type, short, description, choices: list }]) => {
      const value = type === 'boolean' ? '' : list ? ` -x -a '${list.join(' ')}'` : ' -r';
      return `complete -c camd -n '__fish_seen_subcommand_from ${name}' -l ${flag}${short ? ` -s ${short}` : ''}${value} -d '${plain(description)}'`;
    }),
  );
  const values = [...argumentsOf(words)].map(([name, given]) => {
    const list = given === 'nodes' ? `(__camd_nodes)` : given.join(' ');
    return `complete -c camd -n '__fish_seen_subcommand_from ${name}' -f -a '${list}'`;
  });
  return `# Completion of camd for fish.
function __camd_nodes
  ${NODES}
end
complete -c camd -n __fish_use_subcommand -s c -l config -r -d 'the profile'
${[...lines, ...flags, ...values].join('\n')}
`;
}

const namesOf = ({ commands, short }: Words): string[] => [...commands, ...short].map(({ name }) => name);

const flagsOf = (options: Command['options']): string[] => Object.keys(options).map((flag) => `--${flag}`);

/** Options with a list of values, by name; the lists of several commands are combined. */
function choices({ commands }: Words): (readonly [string, readonly string[]])[] {
  const found = new Map<string, Set<string>>();
  for (const { options } of commands) {
    for (const [name, { choices: list = [] }] of Object.entries(options)) {
      for (const choice of list) found.set(name, (found.get(name) ?? new Set()).add(choice));
    }
  }
  return [...found].map(([name, set]) => [name, [...set]] as const);
}

/** Removes characters that are special in shells. */
const plain = (value: string): string =>
  value
    .replace(/['"[\]:$`\\]/g, ' ')
    .replace(/ +/g, ' ')
    .trim();
