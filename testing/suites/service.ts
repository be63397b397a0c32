// Cases for every provider of `service`: it stops only a running service, restarts it once, and leaves nothing stopped.

import assert from 'node:assert/strict';
import type { Service } from '../../core/contract/ports.ts';
import type { Ending } from '../ending.ts';
import { until } from '../until.ts';
import type { Case } from './case.ts';

export interface ServiceUnderTest {
  readonly service: Service;
  /** True if the simulated service is running. */
  runs(): boolean;
  /** Starts or stops the service externally. */
  set(runs: boolean): void;
  /** Makes the stop hang from now on; false undoes that. */
  stuck?(is: boolean): void;
}

const patience = (): AbortSignal => new AbortController().signal;

/** `make` gives a running service that is restarted immediately (no linger). */
export function serviceCases<T extends Ending>(make: (t: T) => Promise<ServiceUnderTest>): readonly Case<T>[] {
  return [
    {
      title: 'it is stopped when suspend resolves, and runs again after the release',
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
      title: 'a service that did not run is not started',
      async run(t) {
        const { service, runs, set } = await make(t);
        set(false);

        await (await service.suspend(patience()))();

        assert.equal(runs(), false);
      },
    },
    {
      title: 'overlapping uses share one stop: it starts after the last one',
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
      title: 'a use that is aborted during the stop ends with the reason, and the service runs again',
      async run(t) {
        const { service, runs, stuck } = await make(t);
        if (!stuck) return;
        stuck(true);
        const control = new AbortController();

        const suspended = service.suspend(control.signal);
        control.abort(new Error('the wait is over'));
        await assert.rejects(suspended);
        stuck(false);

        await until(runs, 'it to run again');
        await (await service.suspend(patience()))();
        await until(runs, 'it to run after another use');
      },
    },
  ];
}
