// The interface of a CLI command: arguments in, text out, an exit code back.

import type { PluginList } from '../contract/plugin.ts';
import type { Release } from '../contract/ports.ts';

/** Exit codes, after BSD's sysexits. */
export const EXIT = { ok: 0, crashed: 1, usage: 64, profile: 78 } as const;

export type StopSignal = 'SIGTERM' | 'SIGINT' | 'SIGHUP';

/** The world as a command sees it; tests hand in their own. */
export interface Io {
  out(text: string): void;
  err(text: string): void;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly pid: number;
  /** The built-in plugins. */
  readonly builtins: PluginList;
  /** What relative paths on the command line are relative to. */
  readonly cwd: string;
  /** Whether a person reads there. */
  readonly tty: { readonly out: boolean; readonly err: boolean };
  /** Signals that arrived before anybody listened are handed over at once. */
  onSignal(signal: StopSignal, listener: () => void): Release;
  /** Hears of what was thrown where nobody catches, such as in a timer of a plugin. Without a listener the process ends. */
  onCrash(listener: (thrown: unknown) => void): void;
}

export interface FlagSpec {
  readonly type: 'string' | 'boolean';
  readonly short?: string;
  readonly multiple?: boolean;
  readonly default?: string;
  /** The word for its value in the help text. */
  readonly value?: string;
  /** The only values that it takes. */
  readonly choices?: readonly string[];
  readonly description: string;
}

export interface Args {
  readonly positionals: readonly string[];
  /** The value of a flag that takes one. */
  text(flag: string): string | undefined;
  /** The values of a flag that may be repeated. */
  texts(flag: string): readonly string[];
  on(flag: string): boolean;
}

export interface Command {
  readonly name: string;
  readonly summary: string;
  /** What stands behind "camd NAME"; one line for each form. */
  readonly usage: readonly string[];
  /** Further paragraphs of the help text. */
  readonly details?: string;
  readonly options: Readonly<Record<string, FlagSpec>>;
  /** How many words may stand beside the flags. */
  readonly words: { readonly least: number; readonly most: number };
  run(io: Io, args: Args): Promise<number>;
}

/** Thrown by a command whose words make no sense: printed with a pointer to its help, exit code 64. */
export class UsageError extends Error {}
