// Parses argv into the flags and arguments of one command by its table. Pure; throws only UsageError.

import { parseArgs } from 'node:util';
import { type Args, type Command, UsageError } from './command.ts';
import { didYouMean } from './suggest.ts';

const HELP = { help: { type: 'boolean', short: 'h' } } as const;

/** The parsed arguments, or "help" when --help was given. */
export function readArguments(command: Command, argv: readonly string[]): Args | 'help' {
  const { values, positionals } = parse(command, argv);
  if (values.help === true) return 'help';

  for (const [flag, spec] of Object.entries(command.options)) {
    const given = values[flag];
    if (spec.choices && typeof given === 'string' && !spec.choices.includes(given)) {
      throw new UsageError(
        `--${flag} takes ${spec.choices.join(', ')}, not "${given}"${didYouMean(given, spec.choices)}`,
      );
    }
  }
  const { least, most } = command.words;
  if (positionals.length < least) throw new UsageError(`camd ${command.name}: an argument is missing`);
  if (positionals.length > most) {
    throw new UsageError(`camd ${command.name}: "${positionals[most]}" is one argument too many`);
  }
  return {
    positionals,
    text(flag) {
      const value = values[flag] ?? command.options[flag]?.default;
      return typeof value === 'string' ? value : undefined;
    },
    texts(flag) {
      const value = values[flag];
      return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
    },
    on: (flag) => values[flag] === true,
  };
}

type Value = string | boolean | readonly (string | boolean)[] | undefined;
interface Parsed {
  readonly values: Readonly<Record<string, Value>>;
  readonly positionals: readonly string[];
}

function parse(command: Command, argv: readonly string[]): Parsed {
  const flags = Object.entries(command.options).map(([flag, { type, short, multiple }]) => {
    return [flag, { type, ...(short ? { short } : {}), ...(multiple ? { multiple } : {}) }] as const;
  });
  const options = { ...Object.fromEntries(flags), ...HELP };
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: true, strict: true });
  } catch (thrown) {
    const unknown = /^Unknown option '-*([^']+)'/.exec(thrown instanceof Error ? thrown.message : '')?.[1];
    if (unknown === undefined) throw new UsageError(thrown instanceof Error ? plain(thrown.message) : String(thrown));
    const known = Object.keys(options).map((flag) => `--${flag}`);
    throw new UsageError(`camd ${command.name} has no option "--${unknown}"${didYouMean(`--${unknown}`, known)}`);
  }
}

/** Node's hint about quoting negative values would confuse users here. */
const plain = (message: string) => message.split(/[\n.] ?/)[0] ?? message;
