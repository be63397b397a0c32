// What a plugin observes when it looks at this machine and its network for its options; `camd doctor` prints it.

/** How serious it is: `wrong` keeps the node from its work, `warning` may do so later or in part. */
export type Severity = 'fine' | 'warning' | 'wrong';

export interface Observation {
  readonly is: Severity;
  /** In kebab-case, for programs: "unreachable", "missing-package". */
  readonly code: string;
  /** The option that it concerns, as the profile writes it: "url", "tls.ca", "cameras.left.device". */
  readonly option?: string;
  /** What was found and what was expected: full sentences without a secret. */
  readonly message: string;
  /** One command that mends it or, where none can, shows more of it. The reader runs it; camd does not. */
  readonly mend?: string;
}

/** What `examine` may use. It must not change anything, and it ends when `signal` aborts. */
export interface ExamineView {
  readonly id: string;
  readonly signal: AbortSignal;
  /** Makes a path of the profile absolute. */
  resolve(path: string): string;
}
