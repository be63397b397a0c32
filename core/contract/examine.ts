// The findings of a plugin that examines this machine and its network for its options; `camd doctor` prints them.

/** Severity: `wrong` prevents the node from working, `warning` may do so later or in part. */
export type Severity = 'fine' | 'warning' | 'wrong';

export interface Observation {
  readonly is: Severity;
  /** In kebab-case, for programs: "unreachable", "missing-package". */
  readonly code: string;
  /** The option concerned, as written in the profile: "url", "tls.ca", "cameras.left.device". */
  readonly option?: string;
  /** What was found and what was expected: full sentences, without secrets. */
  readonly message: string;
  /** One command that fixes it or, if there is none, shows more detail. For the user to run; camd does not run it. */
  readonly fix?: string;
}

/** The context of `examine`, which must not change anything and ends when `signal` aborts. */
export interface ExamineView {
  readonly id: string;
  readonly signal: AbortSignal;
  /** Makes a path from the profile absolute. */
  resolve(path: string): string;
}
