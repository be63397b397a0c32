// Finds the command name in argv. It imports nothing because it runs before anything else is loaded.

/** Options with a value that may precede the command. */
export const LEADING_FLAGS: ReadonlySet<string> = new Set(['--config', '-c', '--log-format', '--log-level', '--set']);

/** The command is the first argument that is neither an option nor the value of one. */
export function splitCommand(argv: readonly string[]): { name: string | undefined; rest: readonly string[] } {
  for (let index = 0; index < argv.length; index++) {
    const word = argv[index] ?? '';
    if (LEADING_FLAGS.has(word)) index++;
    else if (!word.startsWith('-')) return { name: word, rest: argv.toSpliced(index, 1) };
  }
  return { name: undefined, rest: argv };
}

/** True if these arguments start the daemon. */
export function startsDaemon(argv: readonly string[]): boolean {
  const { name, rest } = splitCommand(argv);
  return name === 'run' || (name === undefined && rest.length > 0);
}
