// The open picture requests at an edge: one credit per hub, camera and size, and the lease that holds the camera.

import type { Frame, Release } from '../../../core/contract/plugin.ts';
import type { Pacer } from './pacer.ts';
import type { Request, Respond, Size } from './protocol.ts';

/** Most pairs of hub and camera at one edge; requests beyond that are answered with a fault. */
export const MAX_LEASES = 4096;
/** Milliseconds between measurements of the round trip to a hub, for which the line must be empty for a moment. */
const PROBE_EVERY = 4000;

type Next = Extract<Request, { is: 'next' }>;
type Want = Extract<Request, { is: 'want' }>;

export interface CreditsHost {
  /** Monotonic milliseconds. */
  now(): number;
  /** Holds the camera. */
  want(camera: string, size: Size): Release;
  /** The newest picture, unless it is too old to send. */
  newest(camera: string, size: Size): Frame | undefined;
  readonly pacer: Pacer;
  count(name: string, by?: number): void;
}

export interface Credits {
  next(request: Next, respond: Respond): void;
  want(request: Want): void;
  /** Call it when a picture has arrived: open requests may get it. */
  offer(): void;
  /** Ends expired leases; call it about once a second. */
  sweep(): void;
  /** Ends all leases. */
  clear(): void;
  /** Number of pairs of hub and camera with a lease. */
  readonly size: number;
}

interface Lease {
  readonly camera: string;
  readonly size: Size;
  readonly release: Release;
  until: number;
  /** The open request. */
  open: { readonly request: Next; readonly respond: Respond; readonly expires: number } | undefined;
  /** When the last picture was sent. */
  sentAt: number;
}

export function createCredits(host: CreditsHost): Credits {
  const { now, pacer } = host;
  const leases = new Map<string, Lease>();
  let probes = 0;
  let probing: { readonly probe: number; readonly at: number } | undefined;
  let probedAt = Number.NEGATIVE_INFINITY;

  const hold = ({ hub, camera, size, lease }: Next | Want): Lease | undefined => {
    const id = idOf(hub, camera, size);
    let held = leases.get(id);
    if (!held && leases.size >= MAX_LEASES) return undefined;
    if (!held) {
      const release = host.want(camera, size);
      held = { camera, size, release, until: 0, open: undefined, sentAt: Number.NEGATIVE_INFINITY };
      leases.set(id, held);
    }
    held.until = now() + lease;
    return held;
  };
  const end = (id: string, lease: Lease): void => {
    leases.delete(id);
    pacer.lost(id);
    lease.release();
  };
  /** The picture with which the open request of this lease can be answered now. */
  const ready = (lease: Lease): Frame | undefined => {
    const { open } = lease;
    if (!open || now() - lease.sentAt < open.request.every) return undefined;
    const frame = host.newest(lease.camera, lease.size);
    return frame && frame.key !== open.request.after ? frame : undefined;
  };
  /** Only called while the line is empty: otherwise it would measure the picture ahead of it. */
  const probe = (respond: Respond): void => {
    probedAt = now();
    probing = { probe: ++probes, at: probedAt };
    respond({ is: 'probe', probe: probes });
  };
  /** Serves the lease first whose last picture was sent longest ago. */
  const send = (): void => {
    while (pacer.hasRoom()) {
      const isDue = now() - probedAt >= PROBE_EVERY;
      if (isDue && pacer.underWay > 0) return;
      let found: { readonly id: string; readonly lease: Lease; readonly frame: Frame } | undefined;
      for (const [id, lease] of leases) {
        if (found && lease.sentAt >= found.lease.sentAt) continue;
        const frame = ready(lease);
        if (frame) found = { id, lease, frame };
      }
      const open = found?.lease.open;
      if (!found || !open) return;
      const { id, lease, frame } = found;
      if (isDue) probe(open.respond);
      lease.open = undefined;
      lease.sentAt = now();
      pacer.sent(id, frame.data.length);
      host.count('pictures_sent_total');
      host.count('picture_bytes_sent_total', frame.data.length);
      const { camera, key, time, type, meta, data } = frame;
      open.respond({ is: 'picture', head: { camera, key, time, type, meta }, data });
    }
  };
  return {
    get size() {
      return leases.size;
    },
    next(request, respond) {
      const lease = hold(request);
      if (!lease) {
        respond({
          is: 'fault',
          code: 'edge-busy',
          message: `This edge already serves its limit of ${MAX_LEASES} cameras.`,
        });
        return;
      }
      pacer.arrived(idOf(request.hub, request.camera, request.size));
      // Half a lease, so that the answer of the hub renews it in time.
      lease.open = { request, respond, expires: now() + request.lease / 2 };
      send();
    },
    want(request) {
      const { hub, camera, size, lease, probe: answered } = request;
      const id = idOf(hub, camera, size);
      if (answered !== undefined) {
        if (probing?.probe === answered) pacer.roundTrip(now() - probing.at);
        probing = undefined;
        return;
      }
      pacer.arrived(id);
      const held = leases.get(id);
      if (lease > 0) hold(request);
      else if (held) end(id, held);
      send();
    },
    offer: send,
    sweep() {
      const time = now();
      for (const [id, lease] of leases) {
        if (time >= lease.until) {
          host.count('leases_expired_total');
          end(id, lease);
        } else if (lease.open && time >= lease.open.expires) {
          const { respond } = lease.open;
          lease.open = undefined;
          respond({ is: 'nothing' });
        }
      }
      send();
    },
    clear() {
      for (const [id, lease] of leases) end(id, lease);
      pacer.reset();
      probing = undefined;
    },
  };
}

const idOf = (hub: string, camera: string, size: Size): string => `${hub} ${camera} ${size}`;
