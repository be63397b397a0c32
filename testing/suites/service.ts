// What every provider of `service` must do: stop only what runs, start it again once, and leave nothing stopped.

import assert from 'node:assert/strict';
import type { Service } from '../../core/contract/ports.ts';
import type { Ending } from '../ending.ts';
import { until } from '../until.ts';
import type { Case } from './case.ts';

export interface ServiceUnderTest {
  readonly service: Service;
  /** Whether what it stands for runs now. */
  runs(): boolean;
  /** Starts or ends it from outside. */
  set(runs: boolean): void;
  /** From now on it cannot be stopped (the stop hangs); false undoes that. */
  stuck?(is: boolean): void;
}

const patience = (): AbortSignal => new AbortController().signal;

/** `make` gives a service that runs and that starts again at once (no linger). */
export function serviceCases<T extends Ending>(make: (t: T) => Promise<ServiceUnderTest>): readonly Case<T>[] {
  return [
    {
      title: 'it is out of the way when suspend resolves, and runs again after the release',
      async run(t) {
        const { service, runs } = await make(t);

        const release = await service.suspend(patience());
        const meanwhile = runs();
        await release();

        assert.equal(meanwhile, false);
        await until(runs, 'it to run again');
      },
    },
    {
      title: 'what did not run is not started',
      async run(t) {
        const { service, runs, set } = await make(t);
        set(false);

        await (await service.suspend(patience()))();

        assert.equal(runs(), false);
      },
    },
    {
      title: 'uses that overlap share it: it starts when the last one is over',
      async run(t) {
        const { service, runs } = await make(t);

        const [first, second] = await Promise.all([service.suspend(patience()), service.suspend(patience())]);
        await first();
        const between = runs();
        await second();

        assert.equal(between, false);
        await until(runs, 'it to run again');
      },
    },
    {
      title: 'a release counts once',
      async run(t) {
        const { service, runs } = await make(t);

        const first = await service.suspend(patience());
        const second = await service.suspend(patience());
        await first();
        await first();
        const between = runs();
        await second();

        assert.equal(between, false);
        await until(runs, 'it to run again');
      },
    },
    {
      title: 'a use that gives up while it stops ends with the reason, and it runs again',
      async run(t) {
        const { service, runs, stuck } = await make(t);
        if (!stuck) return;
        stuck(true);
        const control = new AbortController();

        const suspended = service.suspend(control.signal);
        control.abort(new Error('nobody waits any more'));
        await assert.rejects(suspended);
        stuck(false);

        await until(runs, 'it to run again');
        await (await service.suspend(patience()))();
        await until(runs, 'it to run after another use');
      },
    },
  ];
}
