// Structured logging on pino: each line has its node's id, secrets are masked, and repeated warnings are counted.

import { pino } from 'pino';
import { createLogMemory, type LogMemory } from './log-memory.ts';
import { isSearchable } from './redact.ts';

/** Messages are constant strings; variable parts go into fields. */
export interface Log {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  /** Writes the same message of one node at most every 10 s; the next line has the number of omitted ones. */
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  /** Limited like `warn`. */
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
  child(node: string): Log;
}

export interface LogControl extends Log {
  /** Masks these texts in all later lines, in addition to those of earlier calls. */
  mask(secrets: readonly string[]): void;
  /** The text as the log would write it, with secrets masked. */
  hide(text: string): string;
  level(level: LogLevel): void;
  /** Sets the display names of cameras: lines about a camera also contain its name, as `camera_name`. */
  names(names: ReadonlyMap<string, string>): void;
  /** Writes an error without a rate limit. */
  event(message: string, fields: Readonly<Record<string, unknown>>): void;
  /** The latest log lines, as written. */
  readonly recent: LogMemory;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface LogSettings {
  readonly level: LogLevel;
  readonly write: (line: string) => void;
  readonly monotonic?: () => number;
}

/** The same warning of one node is written once in this many milliseconds. */
export const REPEAT_MS = 10_000;
/** Distinct `why` values of one warning that are tracked in that time. */
export const MAX_REASONS = 32;
/** Messages per node that are tracked for repetition. */
export const MAX_WATCHED = 256;

export function createLog(settings: LogSettings): LogControl {
  const monotonic = settings.monotonic ?? (() => performance.now());
  let secrets: readonly string[] = [];
  let names: ReadonlyMap<string, string> = new Map();
  const recent = createLogMemory();
  const hide = (line: string): string => secrets.reduce((text, secret) => text.replaceAll(secret, '***'), line);
  const root = pino(
    {
      level: settings.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    {
      write(line: string) {
        const hidden = hide(line);
        recent.add(hidden);
        settings.write(hidden);
      },
    },
  );

  const make = (fields: Readonly<Record<string, unknown>>): Log => {
    const repeated = new Map<string, { until: number; reasons: Set<unknown>; left: number }>();
    const child = root.child(fields);
    const line = () => {
      if (child.level !== root.level) child.level = root.level;
      return child;
    };
    const due = (message: string, why: unknown): number | undefined => {
      const now = monotonic();
      const known = repeated.get(message);
      if (known && now < known.until) {
        if (!known.reasons.has(why) && known.reasons.size < MAX_REASONS) {
          known.reasons.add(why);
          return 0;
        }
        known.left++;
        return undefined;
      }
      if (!known && repeated.size >= MAX_WATCHED) repeated.clear();
      repeated.set(message, { until: now + REPEAT_MS, reasons: new Set([why]), left: 0 });
      return known?.left ?? 0;
    };
    const named = (more: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> => {
      const name = names.size === 0 ? undefined : names.get(String(more.camera ?? fields.node));
      return name === undefined ? more : { ...more, camera_name: name };
    };
    return {
      debug: (message, more) => line().debug(named(more), message),
      info: (message, more) => line().info(named(more), message),
      warn(message, more) {
        const left = due(message, more?.why);
        if (left !== undefined) line().warn(named(left > 0 ? { ...more, repeated: left } : more), message);
      },
      error(message, more) {
        const left = due(message, more?.why);
        if (left !== undefined) line().error(named(left > 0 ? { ...more, repeated: left } : more), message);
      },
      child: (node) => make({ node }),
    };
  };

  return {
    ...make({}),
    recent,
    hide,
    mask(more) {
      const forms = more.flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]);
      const all = new Set([...secrets, ...forms.filter(isSearchable)]);
      secrets = [...all].sort((a, b) => b.length - a.length);
    },
    level(level) {
      root.level = level;
    },
    names(next) {
      names = next;
    },
    event: (message, fields) => root.error(fields, message),
  };
}
