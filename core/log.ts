// Structured logs on pino: every line bears its node's id, secrets are masked, repeated warnings are counted.

import { pino } from 'pino';

/** Messages are constant strings; what varies goes into fields. */
export interface Log {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  /** The same message of one node is written at most every 10 s; the next line says how many were left out. */
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
  child(node: string): Log;
}
