// Selects the command for argv, runs it and returns its exit code.

import { readArguments } from './arguments.ts';
import { type Command, EXIT, type Io, NotRunning, UsageError } from './command.ts';
import { commandsOf } from './commands.ts';
import { commandHelp, overview, profileCommandHelp } from './help.ts';
import { runPluginCommand } from './plugin-command.ts';
import { profileCommands } from './profile-commands.ts';
import { LEADING_FLAGS, splitCommand } from './split.ts';
import { runStandaloneCommand } from './standalone-command.ts';
import { didYouMean } from './suggest.ts';
import { version } from './version.ts';

/** Runs the command and resolves with the exit code. Throws only on a bug in camd. */
export async function dispatch(io: Io, argv: readonly string[]): Promise<number> {
  const { name, rest } = splitCommand(argv);
  const commands = commandsOf(io);
  try {
    if (name !== undefined && Object.hasOwn(commands, name)) return await runCommand(io, name, rest);
    if (name === 'help') return await help(io, rest[0]);
    const [first = ''] = argv;
    if (name !== undefined && first.startsWith('-') && !LEADING_FLAGS.has(first) && !first.includes('=')) {
      throw new UsageError(
        `camd has no option "${first}"${didYouMean(first, [...LEADING_FLAGS, '--help', '--version'])}`,
      );
    }
    if (name !== undefined && Object.hasOwn(io.standaloneCommands, name)) {
      return await runStandaloneCommand(io, name, rest);
    }
    if (name !== undefined) return await runPluginCommand(io, name, rest);
    if (rest.includes('--help') || rest.includes('-h')) return await help(io, undefined);
    if (rest.includes('--version') || rest.includes('-V')) {
      io.out(`camd ${version()}\n`);
      return EXIT.ok;
    }
    if (rest.length === 0) {
      io.err(await overview(io));
      return EXIT.usage;
    }
    return await runCommand(io, 'run', rest);
  } catch (thrown) {
    if (thrown instanceof NotRunning) {
      io.err(`${thrown.message}\n`);
      return EXIT.notRunning;
    }
    if (!(thrown instanceof UsageError)) throw thrown;
    const topic = name !== undefined && Object.hasOwn(commands, name) ? `camd ${name} --help` : 'camd --help';
    io.err(`${thrown.message}\nTry "${topic}".\n`);
    return EXIT.usage;
  }
}

async function runCommand(io: Io, name: string, argv: readonly string[]): Promise<number> {
  const command = await load(io, name);
  const args = readArguments(command, argv);
  if (args !== 'help') return command.run(io, args);
  io.out(commandHelp(command));
  return EXIT.ok;
}

async function help(io: Io, topic: string | undefined): Promise<number> {
  if (topic === undefined) {
    io.out(await overview(io));
    return EXIT.ok;
  }
  const commands = commandsOf(io);
  if (Object.hasOwn(io.standaloneCommands, topic)) return runStandaloneCommand(io, topic, ['--help']);
  if (!Object.hasOwn(commands, topic)) {
    const ofPlugins = (await profileCommands(io.builtins)).filter(({ name }) => name === topic);
    if (ofPlugins.length > 0) {
      io.out(profileCommandHelp(ofPlugins));
      return EXIT.ok;
    }
    throw new UsageError(`camd has no command "${topic}"${didYouMean(topic, Object.keys(commands))}`);
  }
  io.out(commandHelp(await load(io, topic)));
  return EXIT.ok;
}

async function load(io: Io, name: string): Promise<Command> {
  const found = commandsOf(io)[name];
  if (!found) throw new UsageError(`camd has no command "${name}"`);
  return (await found()).default;
}
