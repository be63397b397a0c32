// Runs systemctl: reads the state of a unit, stops and starts it, and turns errors into sentences.

import { withDeadline } from '../../../core/base/deadline.ts';
import { environment, type Fault } from '../../../core/contract/plugin.ts';
import { startChild } from '../../kit/process/child.ts';

/** Limit of the kept output, which is normally a few lines. */
const MAX_OUTPUT = 16 * 1024;
/** Milliseconds between SIGTERM and SIGKILL for a systemctl that does not end. */
const GRACE_MS = 500;
/** Time limit for the state of a unit, unless the timeout of a stop is longer. */
const SHOW_MS = 5_000;

export type Scope = 'system' | 'user';

export interface UnitState {
  /** "loaded", "not-found", "masked", … */
  readonly load: string;
  /** "active", "activating", "deactivating", "inactive", "failed". */
  readonly active: string;
  readonly sub: string;
  readonly result: string;
}

export interface Systemctl {
  show(unit: string, timeoutMs: number): Promise<UnitState>;
  /** Resolves when the job is done. Rejects with a Fault if it failed or did not end in time; the job itself continues. */
  run(verb: 'stop' | 'start', unit: string, timeoutMs: number): Promise<void>;
}

export function createSystemctl(scope: Scope): Systemctl {
  const base = ['systemctl', scope === 'user' ? '--user' : '--system', '--no-ask-password', '--no-pager'];

  const call = async (
    args: readonly string[],
    timeoutMs: number,
  ): Promise<{ code: number | null; out: string; err: string }> => {
    let out = '';
    let err = '';
    const child = await startChild({
      argv: [...base, ...args],
      grace: GRACE_MS,
      onOutput(chunk) {
        if (out.length < MAX_OUTPUT) out += chunk.toString();
      },
      onErrorLine(line) {
        if (err.length < MAX_OUTPUT) err += `${line}\n`;
      },
    });
    try {
      const { code } = await withDeadline({ ms: timeoutMs, late }, () => child.ended);
      return { code, out, err };
    } catch {
      await child.stop();
      return { code: null, out, err };
    }
  };

  return {
    async show(unit, timeoutMs) {
      const { code, out, err } = await call(
        ['show', '--property=LoadState,ActiveState,SubState,Result', '--', unit],
        Math.max(SHOW_MS, timeoutMs),
      );
      if (code !== 0) throw failure('show', unit, scope, err, code);
      const found = new Map(
        out
          .split('\n')
          .map((line): [string, string] => [line.split('=', 1)[0] ?? '', line.slice(line.indexOf('=') + 1)]),
      );
      return {
        load: found.get('LoadState') ?? '',
        active: found.get('ActiveState') ?? '',
        sub: found.get('SubState') ?? '',
        result: found.get('Result') ?? '',
      };
    },
    async run(verb, unit, timeoutMs) {
      const { code, err } = await call([verb, '--', unit], timeoutMs);
      if (code !== 0) throw failure(verb, unit, scope, err, code);
    },
  };
}

const late = (): Error => new Error('systemctl did not end in time');

/** Turns the output of systemctl into a sentence with what to do. */
export function failure(verb: string, unit: string, scope: Scope, stderr: string, code: number | null): Fault {
  const firstLine = stderr.trim().split('\n')[0] ?? '';
  if (code === null)
    return environment('unit-slow', `${unit} did not ${verb} in time; see "systemctl status ${unit}".`);
  if (/access denied|authentication (?:is )?required|not authorized/i.test(stderr)) {
    return environment(
      'unit-denied',
      `camd may not ${verb} ${unit}: install the rule that "camd polkit --config PROFILE" prints as /etc/polkit-1/rules.d/50-camd.rules.`,
    );
  }
  if (/not loaded|not (?:be )?found|no such (?:unit|file)/i.test(stderr)) {
    return environment('unit-unknown', `There is no unit ${unit}; "systemctl list-units" shows the existing ones.`);
  }
  if (/masked/i.test(stderr)) {
    return environment('unit-masked', `${unit} is masked, so it cannot be started; run "systemctl unmask ${unit}".`);
  }
  if (/failed to connect to (?:system |user )?(?:scope )?bus|not been booted with systemd/i.test(stderr)) {
    return environment('no-systemd', `systemd does not respond (${scope} scope): ${firstLine}`);
  }
  if (/transport endpoint is not connected/i.test(stderr)) {
    return environment(
      'unit-no-user',
      'D-Bus refuses the user that runs camd, because systemd created it dynamically (DynamicUser=yes); create the user camd: sudo useradd --system camd, then restart camd.',
    );
  }
  const why = firstLine || `systemctl ended with ${code}`;
  if (verb === 'show') {
    return environment('unit-unread', `The state of ${unit} cannot be read (${scope} scope); systemctl said: ${why}`);
  }
  return environment('unit-failed', `${unit} could not be ${verb === 'stop' ? 'stopped' : 'started'}: ${why}`);
}
