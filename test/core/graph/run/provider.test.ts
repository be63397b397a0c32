// References of a node to the ports of others: bound while it is in effect, and bound anew when the port is replaced.

import t from 'tap';
import { createLog } from '../../../../core/base/log.ts';
import type { Provided } from '../../../../core/contract/plugin.ts';
import { createGuard } from '../../../../core/graph/run/guard.ts';
import { createProvider, createRef } from '../../../../core/graph/run/provider.ts';

/** A provided port; the tests compare only its identity. */
const provided = (): Provided => ({ registry: {} }) as Provided;

function referring(start = createProvider('web')) {
  const failures: unknown[] = [];
  const guard = createGuard({
    log: createLog({ level: 'error', write: () => {} }),
    monotonic: () => 0,
    onFail: (cause) => failures.push(cause),
  });
  const control = createRef(start, 'registry', guard);
  const log: string[] = [];
  const names = new Map<unknown, string>();
  const named = (port: unknown): string => names.get(port) ?? '?';
  const bind = (label = ''): void =>
    control.ref.bind((port) => {
      log.push(`${label}+${named(port)}`);
      return () => void log.push(`${label}-${named(port)}`);
    });
  return {
    ...control,
    provider: start,
    failures,
    bind,
    takeLog: () => log.splice(0),
    name(all: Provided, name: string) {
      names.set(all.registry, name);
      return all;
    },
  };
}

t.test('a port is bound while the node is in effect and the port is there', (t) => {
  const { provider, bind, takeLog, name, activate, deactivate, ref } = referring();
  const [one, two] = [name(provided(), 'one'), name(provided(), 'two')];
  bind();
  t.equal(ref.id, 'web');

  activate();
  t.same([takeLog(), ref.current()], [[], undefined]);
  provider.set(one);
  t.same([takeLog(), ref.current()], [['+one'], one.registry]);
  provider.set(two);
  t.same(takeLog(), ['+two', '-one'], 'the new one is bound before the old one is released');
  bind('late ');
  t.same(takeLog(), ['late +two']);
  provider.set(two);
  t.same(takeLog(), []);
  deactivate();
  t.same(takeLog(), ['-two', 'late -two']);
  provider.set(one);
  t.same(takeLog(), []);
  activate();
  t.same(takeLog(), ['+one', 'late +one']);
  provider.set(undefined);
  t.same([takeLog(), ref.current()], [['-one', 'late -one'], undefined]);
  t.end();
});

t.test('a node sees the upcoming port of a reload before it is in effect', (t) => {
  const { provider, name, activate, ref } = referring();
  const [now, next] = [name(provided(), 'now'), name(provided(), 'next')];
  provider.set(now);

  provider.stage(next);
  t.equal(ref.current(), next.registry);
  t.equal(provider.current(), now);
  activate();
  t.equal(ref.current(), now.registry);
  provider.set(next);
  t.equal(ref.current(), next.registry);
  t.equal(provider.upcoming(), next);
  provider.stage(now);
  provider.stage(undefined);
  t.equal(provider.upcoming(), next);
  provider.stage(now);
  provider.set(next);
  t.equal(provider.upcoming(), next, 'the staged port is discarded');
  t.end();
});

t.test('another node in its place', (t) => {
  const { provider, bind, takeLog, name, activate, retarget, ref } = referring();
  const other = createProvider('site');
  provider.set(name(provided(), 'web'));
  other.set(name(provided(), 'site'));
  bind();

  retarget(other);
  t.same([takeLog(), ref.id], [[], 'site']);
  retarget(provider);
  activate();
  takeLog();
  retarget(other);
  t.same(takeLog(), ['+site', '-web']);
  provider.set(provided());
  t.same(takeLog(), [], 'the former node is no longer watched');
  other.set(undefined);
  t.same(takeLog(), ['-site']);
  t.end();
});

t.test('an error of a binding fails the node that binds, but not while it takes effect', (t) => {
  const { provider, ref, activate, failures, takeLog, bind } = referring();
  const broken = new Error('no');
  provider.set(provided());
  ref.bind(() => {
    throw broken;
  });

  t.throws(activate, broken, 'a reload is refused');
  t.same(failures, []);
  provider.set(provided());
  t.same(failures, [broken]);
  bind();
  t.same(takeLog(), ['+?'], 'others are bound');
  ref.bind(() => {
    throw broken;
  });
  t.equal(failures.length, 2);
  t.end();
});
