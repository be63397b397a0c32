// Opens a capture scope: services that keep cameras busy are suspended once, and resume in reverse order when the scope ends.

import type { Fact } from './frame.ts';
import type { CaptureScope } from './plugin.ts';
import { environment } from './problems.ts';

type Resume = () => Promise<void>;

export interface OpenScope {
  readonly scope: CaptureScope;
  /** Resumes all suspended services once no capture holds the scope any more; resolves when each has been tried. */
  end(): Promise<void>;
}

/** When `signal` aborts, waiting for a service to be suspended ends. */
export function openScope(signal: AbortSignal, facts: Readonly<Record<string, Fact>> = {}): OpenScope {
  const entered = new Map<string, Promise<Resume>>();
  const waiting: (() => void)[] = [];
  let holds = 0;
  const scope: CaptureScope = {
    facts,
    async enter(service) {
      let resume = entered.get(service.id);
      if (!resume) {
        const port = service.current();
        const why = `${service.id} is not running, so its service cannot be suspended.`;
        resume = port ? port.suspend(signal) : Promise.reject(environment('service-away', why));
        entered.set(service.id, resume);
      }
      await resume;
    },
    hold() {
      holds++;
      let held = true;
      return () => {
        if (!held) return;
        held = false;
        if (--holds === 0) for (const resolve of waiting.splice(0)) resolve();
      };
    },
  };
  return {
    scope,
    async end() {
      if (holds > 0) await new Promise<void>((resolve) => waiting.push(resolve));
      for (const resume of [...entered.values()].reverse()) {
        // If a service cannot be suspended or resumed, its own node reports this and retries.
        await resume.then((start) => start()).catch(() => {});
      }
    },
  };
}
