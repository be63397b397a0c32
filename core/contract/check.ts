// What a plugin's own check of its options may look at and what it reports.

import type { PortName } from './ports.ts';
import { type Fault, isFault, type ProblemCode } from './problems.ts';

/** The node among its neighbours, as the profile describes them. Nothing runs yet. */
export interface CheckView {
  readonly id: string;
  /** The ports of the nodes that this option names: those that every one of them provides. */
  provides(option: string): readonly PortName[];
  /** The options of the first node that this option names; undefined when there is none or its own options are wrong. */
  optionsOf(option: string): unknown;
  /** What the profile says about the frames that come from the nodes this option names. */
  frames(option: string): FrameFacts;
}

/** What the profile alone says about the frames of a node. */
export interface FrameFacts {
  /** Every camera whose frames can come; undefined when the profile does not tell, as for uploads. */
  readonly cameras: readonly string[] | undefined;
  /** Most milliseconds between two frames of a camera while all is well; undefined when the profile does not tell. */
  readonly interval: number | undefined;
}

export interface Finding {
  /** As the profile writes it: "name", "tls.cert", "users[0].password". */
  readonly option: string;
  readonly code: ProblemCode;
  /** What was found, what was expected and what to do: full sentences without a secret. */
  readonly message: string;
  /** Default "error". */
  readonly severity?: 'error' | 'warning';
  /** One command that mends it, for `camd doctor`. */
  readonly mend?: string;
}

/**
 * The finding for a pure constructor that refuses what the profile says by throwing `misuse`; nothing when it accepts.
 * `option` may be taken from the fault, where one constructor reads several options.
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
