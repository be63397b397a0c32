// The input and the findings of a plugin's own check of its options.

import type { PortName } from './ports.ts';
import { type Fault, isFault, type ProblemCode } from './problems.ts';

/** The node and the nodes that it refers to, as the profile describes them. Nothing runs yet. */
export interface CheckView {
  readonly id: string;
  /** The ports that every node named by this option provides. */
  provides(option: string): readonly PortName[];
  /** The options of the first node that this option names; undefined if there is none or its own options are invalid. */
  optionsOf(option: string): unknown;
  /** The profile's facts about the frames of the nodes that this option names. */
  frames(option: string): FrameFacts;
}

/** Facts about the frames of a node that are known from the profile alone. */
export interface FrameFacts {
  /** Every camera whose frames can come; undefined if the profile does not say, as for uploads. */
  readonly cameras: readonly string[] | undefined;
  /** Most milliseconds between two frames of a healthy camera; undefined if the profile does not say. */
  readonly interval: number | undefined;
}

export interface Finding {
  /** The option as written in the profile: "name", "tls.cert", "users[0].password". */
  readonly option: string;
  readonly code: ProblemCode;
  /** What was found, what was expected and what to do: full sentences, without secrets. */
  readonly message: string;
  /** Default "error". */
  readonly severity?: 'error' | 'warning';
  /** One command that fixes it, for `camd doctor`. */
  readonly fix?: string;
}

/**
 * Calls a pure constructor that rejects invalid options by throwing `misuse`; returns the fault as a finding, or no finding on success.
 * If the constructor reads several options, `option` can derive the option from the fault.
 */
export function refusal(option: string | ((fault: Fault) => string), construct: () => unknown): Finding[] {
  try {
    construct();
    return [];
  } catch (cause) {
    if (!isFault(cause) || cause.blame !== 'profile') throw cause;
    const name = typeof option === 'string' ? option : option(cause);
    return [{ option: name, code: 'wrong-value', message: cause.message }];
  }
}
