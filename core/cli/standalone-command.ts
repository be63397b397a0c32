// Runs the commands that plugins provide without a profile, such as `camd devices`.

import { isFault, sentence } from '../contract/problems.ts';
import { EXIT, type Io, UsageError } from './command.ts';

export async function runStandaloneCommand(io: Io, name: string, argv: readonly string[]): Promise<number> {
  const found = await io.standaloneCommands[name]?.();
  if (!found) throw new UsageError(`camd has no command "${name}"`);
  const command = found.default;
  if (argv.includes('--help') || argv.includes('-h')) {
    io.out(`${command.summary}.\n\nUsage: camd ${command.usage}\n`);
    return EXIT.ok;
  }
  const control = new AbortController();
  const releases = (['SIGINT', 'SIGTERM'] as const).map((signal) => io.onSignal(signal, () => control.abort()));
  try {
    io.out(await command.run(argv, control.signal));
    return EXIT.ok;
  } catch (thrown) {
    if (!isFault(thrown)) throw thrown;
    if (thrown.blame === 'profile') throw new UsageError(sentence(thrown));
    io.err(`${sentence(thrown)}\n`);
    return EXIT.crashed;
  } finally {
    for (const release of releases) release();
  }
}
