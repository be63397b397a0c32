// Viewers that survive a reload: they stay connected while the path of their route stays the same.

import type { Clock } from '../../../core/base/clock.ts';
import { createLease, type Lease } from './lease.ts';

/** What is left to a successor: all who watch, and whoever decides how they are served. */
export interface HandoverState<Channel, Host> {
  readonly kind: string;
  readonly path: string;
  readonly channel: Channel;
  readonly lease: Lease<Host>;
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
export function takeOver<Channel extends Lasting<Host>, Host>(
  left: { readonly kind: string; readonly path: string; readonly handedOver: unknown; readonly clock: Clock },
  create: () => Channel,
): HandoverState<Channel, Host> {
  const { kind, path, handedOver, clock } = left;
  if (isHandoverState<Channel, Host>(handedOver, kind)) {
    if (handedOver.path === path) return handedOver;
    handedOver.lease.cancel();
  }
  const channel = create();
  const lease = createLease<Host>({
    onChange: (host) => channel.moveTo(host),
    end: () => channel.close(),
    monotonic: () => clock.monotonic(),
  });
  return { kind, path, channel: channel, lease: lease };
}

function isHandoverState<Channel, Host>(value: unknown, kind: string): value is HandoverState<Channel, Host> {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind;
}
