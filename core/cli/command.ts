// The interface of a CLI command: arguments in, text out, an exit code back.

import type { PluginList, StandaloneCommandList } from '../contract/plugin.ts';
import type { Release } from '../contract/ports.ts';
import type { EditingModule } from '../daemon/editing.ts';

/** Exit codes, after BSD's sysexits: 69 is EX_UNAVAILABLE, 71 is EX_OSERR. */
export const EXIT = { ok: 0, crashed: 1, usage: 64, notRunning: 69, machine: 71, profile: 78 } as const;

export type StopSignal = 'SIGTERM' | 'SIGINT' | 'SIGHUP';

/** The parts of the process that a command may use; tests pass their own. */
export interface Io {
  out(text: string): void;
  err(text: string): void;
  /** Standard input. */
  input(): AsyncIterable<Buffer>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly pid: number;
  /** The built-in plugins. */
  readonly builtins: PluginList;
  /** The profile editing of a running daemon. */
  readonly editing: EditingModule;
  /** Commands besides `run`. */
  readonly commands: CommandList;
  /** Commands of plugins that need no profile. */
  readonly standaloneCommands: StandaloneCommandList;
  /** Base of relative paths on the command line. */
  readonly cwd: string;
  /** True if standard error is a terminal. */
  readonly terminal: boolean;
  /** True if the stream is a terminal that may have colours. */
  readonly tty: { readonly out: boolean; readonly err: boolean };
  /** True if the user can be asked: standard input is a terminal. Default false. */
  readonly canAsk?: boolean;
  /** True if camd was started on a terminal that has been closed since. */
  terminalLost(): boolean;
  /** Signals that arrived before a listener was added are delivered at once. */
  onSignal(signal: StopSignal, listener: () => void): Release;
  /** Registers a listener for uncaught errors, such as in a plugin's timer. Without a listener the process exits. */
  onCrash(listener: (thrown: unknown) => void): void;
}

export interface FlagSpec {
  readonly type: 'string' | 'boolean';
  readonly short?: string;
  readonly multiple?: boolean;
  readonly default?: string;
  /** The placeholder for its value in the help text. */
  readonly value?: string;
  /** The allowed values. */
  readonly choices?: readonly string[];
  readonly description: string;
}

export interface Args {
  readonly positionals: readonly string[];
  /** The value of an option that takes one. */
  text(flag: string): string | undefined;
  /** The values of an option that may be repeated. */
  texts(flag: string): readonly string[];
  on(flag: string): boolean;
}

export interface Command {
  readonly name: string;
  readonly summary: string;
  /** The text after "camd" in the usage; one line per form. Together they name every option. */
  readonly usage: readonly string[];
  /** More paragraphs of the help text. */
  readonly details?: string;
  readonly options: Readonly<Record<string, FlagSpec>>;
  /** Number of positional arguments that the command accepts. */
  readonly words: { readonly least: number; readonly most: number };
  run(io: Io, args: Args): Promise<number>;
}

/** The name of each command, and the function that loads it. */
export type CommandList = Readonly<Record<string, () => Promise<{ readonly default: Command }>>>;

/** Thrown for invalid arguments: printed with a pointer to the command's help, exit code 64. */
export class UsageError extends Error {}

/** Thrown if no running camd answers the command: printed, exit code 69. */
export class NotRunning extends Error {}
