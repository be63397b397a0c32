// The ports of one node id as consumers see them; an instance can withdraw and replace them while consumers are bound.

import type { Provided, Ref } from '../../contract/plugin.ts';
import type { Ports, Release } from '../../contract/ports.ts';

export interface Provider {
  readonly id: string;
  /** What is provided now; undefined while the node is down. */
  current(): Provided | undefined;
  /** Hands `next` to all who are bound before they let go of what was there. */
  set(next: Provided | undefined): void;
  watch(onChange: (provided: Provided | undefined) => void): Release;
}

export function createProvider(id: string): Provider {
  const watchers = new Set<(provided: Provided | undefined) => void>();
  let provided: Provided | undefined;
  return {
    id,
    current: () => provided,
    set(next) {
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
  /** Bindings take effect: everything that was and will be asked for is attached. Throws what an `attach` throws. */
  activate(): void;
  /** Everything is let go, and can be attached again. */
  deactivate(): void;
  /** From now on this is the node that is meant. */
  retarget(provider: Provider): void;
}

interface Binding<T> {
  readonly attach: (port: T) => Release | undefined | void;
  release: Release | undefined;
}

/** `onFail` hears of an `attach` that threw for a replaced provider: a fault of the consumer, not of the provider. */
export function createRef<P extends keyof Ports>(
  start: Provider,
  port: P,
  onFail: (cause: unknown) => void,
): RefControl<P> {
  let provider = start;
  let unwatch: Release | undefined;
  const bindings: Binding<Ports[P]>[] = [];

  const current = (): Ports[P] | undefined => provider.current()?.[port] as Ports[P] | undefined;
  const attach = (binding: Binding<Ports[P]>): void => {
    const now = current();
    binding.release = now ? (binding.attach(now) ?? undefined) : undefined;
  };
  const rebind = (): void => {
    for (const binding of bindings) {
      const before = binding.release;
      try {
        attach(binding);
      } catch (cause) {
        binding.release = undefined;
        onFail(cause);
      }
      before?.();
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
        if (unwatch) attach(binding);
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
        binding.release?.();
        binding.release = undefined;
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
