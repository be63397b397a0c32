// An audience that outlives the node that serves it, for as long as its path stays the same. Knows neither routes nor viewers.

import type { Clock } from '../../../core/base/clock.ts';
import { createTenure, type Tenure } from './lease.ts';

/** What is left to a successor: all who watch, and whoever decides how they are served. */
export interface Estate<Audience, Host> {
  readonly kind: string;
  readonly path: string;
  readonly audience: Audience;
  readonly tenure: Tenure<Host>;
}

interface Lasting<Host> {
  /** Another node serves it from now on, or none for the moment. */
  moveTo(host: Host | undefined): void;
  close(): void;
}

/**
 * The estate that a predecessor of the same kind has left at the same path, or a new one. Under another path its viewers are let go, since
 * their address is served no more.
 */
export function takeOver<Audience extends Lasting<Host>, Host>(
  left: { readonly kind: string; readonly path: string; readonly handedOver: unknown; readonly clock: Clock },
  create: () => Audience,
): Estate<Audience, Host> {
  const { kind, path, handedOver, clock } = left;
  if (isEstate<Audience, Host>(handedOver, kind)) {
    if (handedOver.path === path) return handedOver;
    handedOver.tenure.decline();
  }
  const audience = create();
  const tenure = createTenure<Host>({
    onChange: (host) => audience.moveTo(host),
    end: () => audience.close(),
    monotonic: () => clock.monotonic(),
  });
  return { kind, path, audience, tenure };
}

function isEstate<Audience, Host>(value: unknown, kind: string): value is Estate<Audience, Host> {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind;
}
