// The ports of one node id as seen by consumers; an instance can withdraw and replace them while consumers are bound.

import type { Provided, Ref } from '../../contract/plugin.ts';
import type { Ports, Release } from '../../contract/ports.ts';
import type { Guard } from './guard.ts';
import { guardPort } from './guard-port.ts';

export interface Provider {
  readonly id: string;
  /** The current ports; undefined while the node is down. */
  current(): Provided | undefined;
  /** The ports that the current reload is about to provide; without a reload, the current ones. */
  upcoming(): Provided | undefined;
  stage(next: Provided | undefined): void;
  /** Replaces the ports: each consumer attaches to `next` before it releases the old ones. */
  set(next: Provided | undefined): void;
  watch(onChange: (provided: Provided | undefined) => void): Release;
}

export function createProvider(id: string): Provider {
  const watchers = new Set<(provided: Provided | undefined) => void>();
  let provided: Provided | undefined;
  let staged: Provided | undefined;
  return {
    id,
    current: () => provided,
    upcoming: () => staged ?? provided,
    stage(next) {
      staged = next;
    },
    set(next) {
      staged = undefined;
      if (provided === next) return;
      provided = next;
      for (const watcher of [...watchers]) watcher(next);
    },
    watch(onChange) {
      watchers.add(onChange);
      return () => void watchers.delete(onChange);
    },
  };
}

export interface RefControl<P extends keyof Ports> {
  readonly ref: Ref<Ports[P]>;
  /** Attaches all present and future bindings. Throws if an `attach` throws. */
  activate(): void;
  /** Releases all bindings; they can be attached again. Never throws. */
  deactivate(): void;
  /** Refers to this provider from now on. */
  retarget(provider: Provider): void;
}

interface Binding<T> {
  readonly attach: (port: T) => Release | undefined | void;
  release: Release | undefined;
}

/** `guard` is that of the consumer: an `attach` that throws when a provider is replaced is an error of the consumer. */
export function createRef<P extends keyof Ports>(start: Provider, port: P, guard: Guard): RefControl<P> {
  let provider = start;
  let unwatch: Release | undefined;
  let cached: { readonly port: Ports[P]; readonly guarded: Ports[P] } | undefined;
  const bindings: Binding<Ports[P]>[] = [];

  const current = (): Ports[P] | undefined => {
    const all = unwatch ? provider.current() : provider.upcoming();
    const now = all?.[port] as Ports[P] | undefined;
    if (!now) return undefined;
    if (cached?.port !== now) cached = { port: now, guarded: guardPort(port, now, guard) };
    return cached.guarded;
  };
  const attach = (binding: Binding<Ports[P]>): void => {
    const now = current();
    binding.release = now ? (binding.attach(now) ?? undefined) : undefined;
  };
  const attachGuarded = (binding: Binding<Ports[P]>): void => {
    try {
      attach(binding);
    } catch (cause) {
      binding.release = undefined;
      guard.failed('attach', cause);
    }
  };
  const runRelease = (release: Release | undefined): void => {
    if (release) guard.call('release', release);
  };
  const rebind = (): void => {
    for (const binding of bindings) {
      const before = binding.release;
      attachGuarded(binding);
      runRelease(before);
    }
  };

  return {
    ref: {
      get id() {
        return provider.id;
      },
      current,
      bind(attachTo) {
        const binding: Binding<Ports[P]> = { attach: attachTo, release: undefined };
        bindings.push(binding);
        if (unwatch) attachGuarded(binding);
      },
    },
    activate() {
      unwatch ??= provider.watch(rebind);
      for (const binding of bindings) attach(binding);
    },
    deactivate() {
      unwatch?.();
      unwatch = undefined;
      for (const binding of bindings) {
        const before = binding.release;
        binding.release = undefined;
        runRelease(before);
      }
    },
    retarget(next) {
      provider = next;
      if (!unwatch) return;
      unwatch();
      unwatch = provider.watch(rebind);
      rebind();
    },
  };
}
